#pragma once

// The options of Galera: wsrep_... and what goes into wsrep_provider_options. Core.

#include <string>
#include <vector>

#include "orchestrator/config/machine.hpp"
#include "orchestrator/config/node_settings.hpp"
#include "orchestrator/config/user_options.hpp"

namespace mgc::orchestrator {

// What mgc sets. Takes out of `user` what it merged or renamed. Warnings go to `settings`.
std::vector<server_option> galera_options(const given_values& given, const machine& here, user_options& user,
                                          node_settings& settings, std::vector<std::string>& problems);

}  // namespace mgc::orchestrator
