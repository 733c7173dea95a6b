#pragma once

// The operator's files in initdb.d, which the first node of a new cluster runs once, in the order of their names. Core: which file
// is what.

#include <string>
#include <string_view>
#include <variant>

namespace mgc::orchestrator {

struct shell_script {};
struct sql_script {
  std::string decompressor;  // a program that writes to standard output with -dc; empty: none is needed
};
struct configuration_file {};  // *.env: read at the start
struct other_file {};
using init_script = std::variant<shell_script, sql_script, configuration_file, other_file>;

init_script script_of(std::string_view name);

}  // namespace mgc::orchestrator
