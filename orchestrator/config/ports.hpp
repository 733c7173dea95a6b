#pragma once

// my_port, and the ports that follow from it by a digit in front. Core.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/config/given_values.hpp"
#include "orchestrator/config/node_settings.hpp"

namespace mgc::orchestrator {

// What is wrong goes to `problems`. Without Galera (plain) only sql and peer are needed; the others are then 0 when they
// cannot be made.
node_ports resolve_ports(const given_values& given, cluster_mode mode, std::vector<std::string>& problems);

// Which variable sets it: "gmcast_list_port".
struct named_port {
  std::string_view variable;
  std::uint16_t node_ports::*port;
};
std::span<const named_port> named_ports();

}  // namespace mgc::orchestrator
