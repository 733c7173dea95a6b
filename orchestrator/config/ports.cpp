#include "orchestrator/config/ports.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace mgc::orchestrator {
namespace {

constexpr std::array names{
    named_port{"my_port", &node_ports::sql},       named_port{"gmcast_list_port", &node_ports::group},
    named_port{"ist_recv_port", &node_ports::ist}, named_port{"sst_receive_port", &node_ports::sst},
    named_port{"peer_port", &node_ports::peer},
};

constexpr unsigned highest = 65535;

std::optional<unsigned> read_port(const std::string& text) {
  unsigned port = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, failed] = std::from_chars(text.data(), end, port);
  if (failed != std::errc{} || rest != end || port == 0 || port > highest) return std::nullopt;
  return port;
}

}  // namespace

std::span<const named_port> named_ports() { return names; }

node_ports resolve_ports(const given_values& given, cluster_mode mode, std::vector<std::string>& problems) {
  node_ports ports;
  const auto sql = read_port(given.value_of("my_port"));
  std::string missing;
  for (unsigned prefix = 0; prefix < names.size(); ++prefix) {
    const auto& [variable, port] = names[prefix];
    ports.*port = 0;
    if (prefix == 0 || given.find(variable) != nullptr) {
      const auto read = read_port(given.value_of(variable));
      if (!read) {
        problems.push_back(fmt::format("{}: give a port from 1 to {}", given.describe(variable), highest));
      }
      ports.*port = static_cast<std::uint16_t>(read.value_or(0));
      continue;
    }
    const bool is_needed = mode != cluster_mode::plain || port == &node_ports::peer;
    const auto derived = sql ? read_port(fmt::format("{}{}", prefix, *sql)) : std::nullopt;
    if (derived) {
      ports.*port = static_cast<std::uint16_t>(*derived);
    } else if (sql && is_needed) {
      missing += fmt::format("{}{}", missing.empty() ? "" : ", ", variable);
    }
  }
  if (!missing.empty()) {
    problems.push_back(
        fmt::format("my_port={} with a digit in front is beyond {}: give {} too", *sql, highest, missing));
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (std::size_t j = i + 1; j < names.size(); ++j) {
      if (ports.*names[i].port == 0 || ports.*names[i].port != ports.*names[j].port) continue;
      problems.push_back(fmt::format("{} and {} are both {}; give each a port of its own", names[i].variable,
                                     names[j].variable, ports.*names[i].port));
    }
  }
  return ports;
}

}  // namespace mgc::orchestrator
