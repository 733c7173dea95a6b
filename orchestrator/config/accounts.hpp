#pragma once

// mysql_...: who gets into a new cluster. Core.

#include <string>
#include <vector>

#include "orchestrator/config/given_values.hpp"
#include "orchestrator/config/node_settings.hpp"

namespace mgc::orchestrator {

account_settings resolve_accounts(const given_values& given, std::vector<std::string>& problems,
                                  std::vector<std::string>& warnings);

// 1, on, yes, true; 0, off, no, false; anything else is a problem, and false.
bool read_switch(const given_values& given, std::string_view name, std::vector<std::string>& problems);

}  // namespace mgc::orchestrator
