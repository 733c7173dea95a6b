#pragma once

// Waits until all nodes that were deployed are ready and see each other, and says for whom it waits and why. I/O ring; one
// thread.

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "orchestrator/deploy/deploy_host.hpp"

namespace mgc::orchestrator {

struct cluster_goal {
  std::uint64_t size = 0;  // that each node's cluster should have; 0: any
  std::uint16_t peer_port = 0;
  std::chrono::seconds patience{0};
};

// False: a node will not come by itself, or they did not come in time; both have been said. All must live as long.
boost::asio::awaitable<bool> wait_for_nodes(const std::vector<std::unique_ptr<deploy_host>>& hosts,
                                            cluster_goal goal, const deploy_voice& to);

}  // namespace mgc::orchestrator
