// Two worlds with the same fingerprint go on the same way: what is on disk, what runs, who sees whom, and what the nodes'
// mgc remember and are doing.

#include <fmt/format.h>

#include <functional>

#include "tests/simulator/world.hpp"

namespace mgc::simulator {

std::uint64_t world::fingerprint() const {
  std::string state;
  const auto add = [&](auto... values) {
    (fmt::format_to(std::back_inserter(state), "{},", static_cast<long>(values)), ...);
  };
  for (unsigned node = 0; node < nodes_.size(); ++node) {
    const auto& disk = galera_.disks[node];
    const auto& server = galera_.servers[node];
    add(disk.data, disk.transferring, disk.applied, disk.state.present, disk.state.cluster,
        disk.state.position, disk.state.safe, disk.view, disk.view_me);
    add(server.state, server.run, server.component, server.last_primary, server.recorded,
        server.needs_transfer, server.received, server.ordered, server.sql, server.processed, server.left);
    add(galera_.side[node], cut_[node], has(galera_.paused, node));
    const auto& mgc = nodes_[node];
    add(mgc.up(), mgc.at(), mgc.incarnation(), mgc.round(), mgc.server());
    state += to_text(mgc.memory());
    if (mgc.votes().still_for()) state += mgc.votes().still_for()->id;
  }
  for (const auto& one : galera_.components) add(one.members, one.primary, one.number, one.begin, one.head);
  for (const auto promised : galera_.acknowledged) add(promised);
  add(network_.size());
  return std::hash<std::string>{}(state);
}

}  // namespace mgc::simulator
