#pragma once

// What a start needs on disk and on the network before the server is: checks that touch nothing, directories, option files.
// I/O ring.

#include <string>
#include <vector>

#include "orchestrator/config/node_settings.hpp"

namespace mgc::orchestrator {

// Ports in use, a data directory of somebody else: one line each; empty when the server can be started. Binds each port for
// a moment, so ask while nothing of this node runs.
std::vector<std::string> start_problems(const node_settings& settings);

// base, conf, lock, logs, tmp, initdb.d, run, and the parent of data; new ones belong to the server's user. `data` itself is
// the initialisation's. Throws bad_configuration.
void make_directories(const node_settings& settings);

// conf/server.cnf, unless the operator's are used, and run/cluster_secret: each replaced in one step, 0600, of the server's
// user. Throws bad_configuration.
void write_option_files(const node_settings& settings);

}  // namespace mgc::orchestrator
