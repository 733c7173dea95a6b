#pragma once

// How a node that was deployed is, from what its mgc tells everybody (PEERS.md): /readyz, and the size of its cluster from
// /metrics. No secret is needed. I/O ring.

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "orchestrator/peers/node_status.hpp"

namespace mgc::orchestrator {

struct watched_node {
  std::optional<node_health> health;  // unset: it did not answer
  std::uint64_t cluster_size = 0;     // asked for once the node is ready
  std::string problem;                // why it did not answer
};

boost::asio::awaitable<watched_node> look_at_node(std::string address, std::uint16_t peer_port);

// The value of a gauge without labels in a text of Prometheus; unset: it has none, or none that is a whole number. Core.
std::optional<std::uint64_t> gauge_of(std::string_view metrics, std::string_view name);

}  // namespace mgc::orchestrator
