#pragma once

// What the server needs on disk before it can start: directories, option files. I/O ring.

#include "orchestrator/config/node_settings.hpp"

namespace mgc::orchestrator {

// base, conf, lock, logs, tmp, initdb.d, run, and the parent of data; new ones belong to the server's user. `data` itself is
// the initialisation's. Throws bad_configuration.
void make_directories(const node_settings& settings);

// `data`, for a server that will get its contents from others. Throws bad_configuration.
void make_data_directory(const node_settings& settings);

// conf/server.cnf, unless the operator's are used, and run/cluster_secret: each replaced in one step, 0600, of the server's
// user. Throws bad_configuration.
void write_option_files(const node_settings& settings);

}  // namespace mgc::orchestrator
