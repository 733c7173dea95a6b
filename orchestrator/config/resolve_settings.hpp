#pragma once

// From what was given and the machine to node_settings. Core: nothing is touched. What the installed server thinks of the
// options is asked afterwards (server_check.hpp).

#include <string>
#include <vector>

#include "orchestrator/config/given_values.hpp"
#include "orchestrator/config/machine.hpp"
#include "orchestrator/config/node_settings.hpp"

namespace mgc::orchestrator {

// Secrets must have been read from their files. Everything that is wrong goes to `problems`; the settings count only when
// there is none.
node_settings resolve_node_settings(const given_values& given, const machine& here,
                                    std::vector<std::string>& problems);

// conf_dir, from which conf/custom.cfg is read before it can say anything.
node_directories resolve_directories(const given_values& given, std::vector<std::string>& problems);

}  // namespace mgc::orchestrator
