#pragma once

// The text of an option file of the server. Core.

#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/config/node_settings.hpp"

namespace mgc::orchestrator {

// As it must be written so that the server reads exactly this value. It has no NUL byte in it.
std::string quoted_value(std::string_view value);

// Options of one group should stand together.
std::string option_file_text(const std::vector<server_option>& options);

}  // namespace mgc::orchestrator
