#pragma once

// The generated option file of the server, line by line: what follows from the settings and this machine, and behind it,
// replacing it where both say something, what the operator gave. Core.

#include <string>
#include <vector>

#include "orchestrator/config/machine.hpp"
#include "orchestrator/config/node_settings.hpp"
#include "orchestrator/config/user_options.hpp"

namespace mgc::orchestrator {

// All of `settings` but its options must be there. Sets options, and adds warnings.
void make_server_options(const given_values& given, const machine& here, user_options user,
                         node_settings& settings, std::vector<std::string>& problems);

}  // namespace mgc::orchestrator
