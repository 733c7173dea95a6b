#pragma once

// What is to be said of a node that was started: is it where it should be, may it still come, and what does it wait for.
// Core.

#include <optional>
#include <string>

#include "orchestrator/deploy/container.hpp"
#include "orchestrator/deploy/node_watch.hpp"

namespace mgc::orchestrator {

struct node_outlook {
  bool arrived = false;   // it takes clients, and its cluster has its size
  bool hopeless = false;  // it will not come by itself
  std::string words;      // the node's own, where it has some
};

// `state` is that of its container; unset: there is none, or its engine could not be asked, and then `engine_problem` says why.
// `expected` is the size of its cluster; 0: any.
node_outlook judge(const watched_node& watched, const std::optional<container_state>& state,
                   const std::string& engine_problem, std::uint64_t expected);

}  // namespace mgc::orchestrator
