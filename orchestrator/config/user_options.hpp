#pragma once

// my_<option> and wsrep_<option>: options of the server, as the operator gave them. Core.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/config/given_values.hpp"

namespace mgc::orchestrator {

struct user_option {
  std::string variable;  // "my_max-connections"
  std::string value;
  std::string origin;
};

// By the server's name, in lower case and with underscores: to the server "Max-Connections" is the same.
using user_options = std::map<std::string, user_option, std::less<>>;

// Options that mgc alone may use, and one option given under two names with two values, go to `problems`.
user_options read_user_options(const given_values& given, std::vector<std::string>& problems);

std::string server_spelling(std::string_view name);

}  // namespace mgc::orchestrator
