#pragma once

// lock/global.lock: nothing is generated, conf/server.cnf and conf/wsrep.cnf are the operator's and are used as they are.
// What mgc has to know of them is read from them. I/O ring.

#include <string>
#include <vector>

#include "orchestrator/config/node_settings.hpp"
#include "orchestrator/config/server_check.hpp"
#include "orchestrator/config/user_options.hpp"

namespace mgc::orchestrator {

// Replaces the settings' options by those of the files, and takes the socket from them. A port or a datadir that is not
// the settings' is a problem: other nodes, and the state of this one, are looked for there.
void use_operator_files(const user_options& user, node_settings& settings,
                        std::vector<std::string>& problems);

// Asks the server for its opinion of the files.
void check_operator_files(const server_question& ask, node_settings& settings,
                          std::vector<std::string>& problems);

}  // namespace mgc::orchestrator
