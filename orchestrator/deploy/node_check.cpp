#include "orchestrator/deploy/node_check.hpp"

#include <fmt/format.h>

#include "orchestrator/config/given_values.hpp"
#include "orchestrator/config/machine.hpp"
#include "orchestrator/config/resolve_settings.hpp"

namespace mgc::orchestrator {
namespace {

constexpr std::uint64_t enough_memory = std::uint64_t{8} << 30U;
constexpr std::uint64_t enough_disk = std::uint64_t{1} << 40U;

// It has the node's address and all that could be wanted of it; names are their own addresses.
machine host_of(const deployed_node& node, const given_values& given) {
  machine host;
  const auto* const interface = given.find("interface");
  const auto* const local = given.find("local_addr");
  const auto add = [&](const std::string& address) {
    host.addresses.push_back({interface != nullptr ? interface->value : "eth0",
                              numeric_address(address).value_or(address), 24, false});
  };
  add(local != nullptr ? local->value : node.address);
  host.memory = node.container.memory != 0 ? node.container.memory : enough_memory;
  host.memory_origin = "cgroup";
  host.root = true;
  host.provider = "/usr/lib/galera/libgalera_smm.so";
  host.server_program = "/usr/sbin/mariadbd";
  host.disk_size = [](const std::string&) { return enough_disk; };
  host.exists = [](const std::string&) { return true; };
  host.resolve = [](const std::string& name) {
    return proxy::result<std::vector<std::string>>{std::vector<std::string>{name}};
  };
  host.read_file = [](const std::string&) { return proxy::result<std::string>{std::string{}}; };
  return host;
}

}  // namespace

checked_node check_node(const deployed_node& node, std::vector<std::string>& problems) {
  std::vector<std::string> environment;
  for (const auto& [name, value] : node.container.environment)
    environment.push_back(fmt::format("{}={}", name, value));
  given_values given{environment};
  // What the files have in them is the node's to know; that there is something counts.
  given.read_secret_files(
      [](const std::string&) { return proxy::result<std::string>{std::string{"in a file of the node"}}; },
      problems);
  auto settings = resolve_node_settings(given, host_of(node, given), problems);
  if (settings.self != 0 && settings.self != node.number && given.find("local_addr") != nullptr) {
    problems.push_back(fmt::format("{}: with it node{} is node{}; give it for one node, as node{}.local_addr",
                                   given.describe("local_addr"), node.number, settings.self, settings.self));
  }
  return {settings.mode, settings.ports, std::move(settings.warnings)};
}

}  // namespace mgc::orchestrator
