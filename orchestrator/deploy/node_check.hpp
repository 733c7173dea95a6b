#pragma once

// What the `mgc run` of a node will think of its environment, asked before the node has one: the same checks, on a machine
// that is taken for right. Core.

#include <string>
#include <vector>

#include "orchestrator/config/node_settings.hpp"
#include "orchestrator/deploy/deploy_settings.hpp"

namespace mgc::orchestrator {

struct checked_node {
  cluster_mode mode = cluster_mode::cluster;
  node_ports ports;
  std::vector<std::string> warnings;
};

// What is wrong goes to `problems`; each line begins with the variable's name.
checked_node check_node(const deployed_node& node, std::vector<std::string>& problems);

}  // namespace mgc::orchestrator
