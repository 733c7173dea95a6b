#pragma once

// What Prometheus may scrape from a node (/metrics): names and units by its conventions, seconds and bytes. Core: figures
// come in, text goes out.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/election/node_report.hpp"
#include "shaper/progress.hpp"

namespace mgc::orchestrator {

// One that runs now, as the node's budget file tells it.
struct transfer_metrics {
  std::string kind;  // "mgc_mariabackup"
  std::string peer;  // "192.0.2.1:4444"
  shaper::progress progress;
};

// What is unset is not known now, and is left out.
struct node_metrics {
  std::string version;  // of mgc
  std::string server_version;
  std::string cluster;  // its name
  node_number node = 0;

  std::string phase;  // as in node_report
  server_state server = server_state::down;
  unsigned cluster_size = 0;  // members of the Primary component that this node is in; else 0
  unsigned nodes_configured = 0;
  std::map<node_number, bool> peers_heard;  // every other configured node: it answered when it was last asked
  bool waits_for_operator = false;          // waiting alone will not help
  bool durable_commits = false;  // as configured: a commit is on disk before its client hears of it

  std::optional<int> wsrep_local_state;  // 4: Synced
  std::optional<seqno> position;
  std::optional<std::uint64_t> receive_queue;         // write-sets that wait to be applied
  std::optional<double> flow_control_paused_seconds;  // since the server's start

  std::uint64_t server_starts = 0;  // by this mgc
  std::uint64_t server_unexpected_exits = 0;
  std::uint64_t elections_won = 0;   // ballots of this node's own ...
  std::uint64_t elections_lost = 0;  // ... that came to nothing

  std::optional<shaper::rate> transfer_limit;
  std::vector<transfer_metrics> transfers;

  std::optional<std::uint64_t> resident_memory_bytes;  // of mgc itself
  std::optional<double> cpu_seconds;
};

// The text format 0.0.4.
std::string prometheus_text(const node_metrics& metrics);
inline constexpr auto prometheus_content_type = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace mgc::orchestrator
