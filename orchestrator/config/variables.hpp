#pragma once

// The environment variables of mgc, each with its default and its meaning: one table, from which `mgc config --help` is made
// and without whose entry no variable can be read. Core.

#include <span>
#include <string>
#include <string_view>

namespace mgc::orchestrator {

struct variable_definition {
  std::string_view name;
  std::string_view value;     // the default, as it would be given; empty: none, or see `fallback`
  std::string_view fallback;  // the default in words, where it depends on something
  std::string_view meaning;
  bool is_secret = false;
};

// Those with a name of their own; not node1..., my_..., wsrep_...
std::span<const variable_definition> known_variables();

// Throws std::logic_error for a name that is not in the table.
const variable_definition& definition_of(std::string_view name);

// Is it in the table?
bool is_known_variable(std::string_view name);

// A variable of the table, or an option of the server, whose value nobody must see.
bool is_secret_name(std::string_view name);

// What `mgc config --help` says about all of them.
std::string variables_help();

// One entry of a table like it: a name, and in a column beside it the meaning and, unless empty, the default.
std::string help_entry(std::string_view name, std::string_view meaning, std::string_view fallback);

}  // namespace mgc::orchestrator
