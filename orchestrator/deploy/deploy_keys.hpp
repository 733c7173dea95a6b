#pragma once

// The keys of CONFIG that are `mgc deploy`'s own; every other one is a variable of the container's environment. One table,
// from which `mgc deploy --help` is made. Core.

#include <span>
#include <string>
#include <string_view>

namespace mgc::orchestrator {

struct deploy_key {
  std::string_view name;
  std::string_view value;     // the default
  std::string_view fallback;  // the default in words, where there is none that could be written
  std::string_view meaning;
  bool per_node = false;  // may be given for one node: node2.NAME
};

std::span<const deploy_key> deploy_keys();

// Null: it is none.
const deploy_key* find_deploy_key(std::string_view name);

std::string deploy_keys_help();

}  // namespace mgc::orchestrator
