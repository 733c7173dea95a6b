#pragma once

// What `mgc status` says of a node and its peers. Core: what the running mgc told comes in, text goes out.

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "orchestrator/peers/node_status.hpp"

namespace mgc::orchestrator {

// Names come from option files, the network and other processes: nothing of them may drive a terminal.
std::string printable(std::string text);

// The node on a line or two, then a table of its peers. No line feeds.
std::vector<std::string> node_lines(const node_status& status);

// What is unknown is null.
//   node    an object: node, address, version, cluster_name, phase, reason, server_state, wsrep_state, server_version, data,
//           history, position, cluster_size, live, ready, donor_ok
//   peers   an array of objects: node, address, heard, heard_seconds_ago, problem, and of the last report phase, reason,
//           server_state, wsrep_state, server_version, data, history, position, cluster_size
boost::json::object node_json(const node_status& status);

}  // namespace mgc::orchestrator
