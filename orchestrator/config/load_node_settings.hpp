#pragma once

// From the environment and this machine to node_settings. I/O ring; the main thread, before any other exists.

#include <string>
#include <vector>

#include "orchestrator/config/bad_configuration.hpp"
#include "orchestrator/config/node_settings.hpp"

namespace mgc::orchestrator {

// KEY=VALUE, each; this process's.
std::vector<std::string> read_environment();

// Takes every secret out of this process's environment, which children inherit. After load_node_settings().
void remove_secrets_from_environment();

// Reads conf/custom.cfg, files of secrets, this machine's addresses, memory and disk, and asks the installed server for the
// options that it knows. Touches nothing. `program_words` stand behind `mgc run --`. Throws bad_configuration with
// everything that is wrong.
node_settings load_node_settings(const std::vector<std::string>& environment,
                                 std::vector<std::string> program_words = {});

}  // namespace mgc::orchestrator
