#pragma once

// Which nodes there are, and which of them this machine is. Core.
//
// I am the configured node whose address is a local one. Where several are, local_addr says which, else interface, else the
// first of br0, eth1, eth0 that decides. No match is an error with the addresses seen and the nodes given, never a guess:
// a node that takes itself for another one founds a second cluster.

#include <string>
#include <vector>

#include "orchestrator/config/given_values.hpp"
#include "orchestrator/config/machine.hpp"
#include "orchestrator/config/node_settings.hpp"

namespace mgc::orchestrator {

// node1, node2, ..., sorted by number, each with its numeric address. What is wrong goes to `problems`.
std::vector<configured_node> read_nodes(const given_values& given, const machine& here,
                                        std::vector<std::string>& problems);

// join_address, as given; names stay names.
std::vector<std::string> read_join_addresses(const given_values& given, std::vector<std::string>& problems);

struct identity {
  unsigned number = 0;  // among the nodes; 0: none of them
  std::string address;
};

identity find_identity(const given_values& given, const machine& here, cluster_mode mode,
                       const std::vector<configured_node>& nodes, bool joins_only,
                       std::vector<std::string>& problems);

}  // namespace mgc::orchestrator
