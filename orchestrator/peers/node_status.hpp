#pragma once

// What `mgc status`, `mgc health` and /v1/status tell of a running `mgc run`: this node and what it knows of its peers. Core:
// plain data and its JSON.

#include <boost/system/result.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/election/node_report.hpp"

namespace mgc::orchestrator {

// For health checks.
struct node_health {
  bool live =
      false;  // the server runs, or mgc is about to start it, waits on purpose, or receives a state transfer
  bool ready = false;     // Synced in the Primary component: takes clients
  bool donor_ok = false;  // ready, or it would be if it did not just give its state to another node
  std::string phase;      // as in node_report
  std::string reason;
  bool operator==(const node_health&) const = default;
};

// One of the other configured nodes.
struct peer_status {
  node_number node = 0;
  std::string address;
  std::optional<node_report> report;        // unset: it was not heard
  std::string problem;                      // why it was not
  std::optional<std::chrono::seconds> age;  // since it was last heard; unset: never
};

struct node_status {
  node_report self;
  std::string version;  // of mgc
  std::string address;
  node_health health;
  std::vector<peer_status> peers;  // by number
};

// One line each, with a line feed. The keys are those of the fields, but `age_seconds`.
std::string to_json(const node_health& health);
std::string to_json(const node_status& status);

// Strict and bounded as in peer_codec.hpp. Error: what is wrong, for the operator.
boost::system::result<node_health, std::string> parse_node_health(std::string_view text);
boost::system::result<node_status, std::string> parse_node_status(std::string_view text);

}  // namespace mgc::orchestrator
