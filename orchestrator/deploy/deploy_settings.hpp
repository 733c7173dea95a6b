#pragma once

// What `mgc deploy` is asked for: CONFIG, checked and with the defaults. Core: plain data, made once, before any host is
// contacted.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/config/node_settings.hpp"
#include "orchestrator/deploy/container.hpp"
#include "orchestrator/deploy/engine_endpoint.hpp"

namespace mgc::orchestrator {

enum class pull_rule { missing, always, never };

struct deployed_node {
  unsigned number = 0;
  std::string address;  // as in CONFIG
  engine_endpoint engine;
  wanted_container container;
  std::string data;  // the folder of the host with the node's data

  std::string name() const { return "node" + std::to_string(number); }
};

// PEM files of this machine; empty: not given.
struct engine_tls_files {
  std::string ca;
  std::string certificate;
  std::string key;
};

struct deploy_settings {
  cluster_mode mode = cluster_mode::cluster;
  std::vector<deployed_node> nodes;  // by number
  node_ports ports;
  pull_rule pull = pull_rule::missing;
  engine_tls_files tls;
  std::string registry_login_file;    // empty: none
  std::vector<std::string> warnings;  // a line each
};

// `text` is what the file CONFIG has in it, `file` its name. Everything that is wrong goes to `problems`, with lines; the
// settings count only when there is none.
deploy_settings read_deploy_settings(std::string_view text, const std::string& file,
                                     std::vector<std::string>& problems);

}  // namespace mgc::orchestrator
