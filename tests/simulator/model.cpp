#include "tests/simulator/model.hpp"

#include <algorithm>
#include <bit>

namespace mgc::simulator {
namespace {

// The views of a component are numbered; a new one, in whatever component, comes after those that its members know.
std::uint32_t after(std::uint32_t number) { return number + 1; }

}  // namespace

bool galera::synced(unsigned node) const {
  const auto& server = servers[node];
  return server.state == process::member && server.sql == standing::primary && of(node).primary &&
         server.processed == server.component && !server.needs_transfer;
}

// Every member is there and reachable by all.
bool galera::whole(const component& which, std::int16_t number) const {
  int first = -1;
  for (unsigned node = 0; node < nodes_; ++node) {
    if (!has(which.members, node)) continue;
    if (!running(node) || servers[node].component != number) return false;
    if (first >= 0 && !connected(node, static_cast<unsigned>(first))) return false;
    first = static_cast<int>(node);
  }
  return true;
}

history galera::limit(unsigned node) const {
  const auto& server = servers[node];
  return server.needs_transfer || !of(node).primary ? server.received : of(node).head;
}

// ---- starts and ends

void galera::start_joining(unsigned node) {
  servers[node] = {};
  servers[node].state = process::starting;
  servers[node].run = ++runs_;
}

void galera::start_founding(unsigned node) {
  servers[node] = {};
  if (!grastate_lets_found(node)) return;  // the provider refuses, the server exits
  servers[node].state = process::founding;
  servers[node].run = ++runs_;
}

bool galera::found(unsigned node) {
  auto& server = servers[node];
  if (server.state != process::founding || has(paused, node)) return false;
  auto& disk = disks[node];
  const bool known = disk.state.present && disk.state.cluster != 0 && !disk.transferring;
  if (!known) {
    disk.applied = tree.new_cluster(disk.transferring ? no_history : disk.applied);
    disk.data = true;
    disk.transferring = false;
    disk.state = {true, tree[disk.applied].cluster, -1, true};
  }
  check_founding(disk.applied);
  const auto number = make_primary(only(node), disk.applied, 0);
  server.state = process::member;
  enter(node, number, false, disk.applied);
  return true;
}

bool galera::tell_to_found(unsigned node) {
  if (servers[node].state != process::member || of(node).primary) return false;
  const auto number = servers[node].component;
  node_set members = 0;
  history from = no_history;
  for (unsigned other = 0; other < nodes_; ++other) {
    if (servers[other].component != number || !runs(other) || !connected(node, other) || has(paused, other))
      continue;
    members |= only(other);
    const auto theirs = servers[other].ordered;
    if (from == no_history || tree[theirs].length > tree[from].length) from = theirs;
  }
  check_founding(from);
  const auto founded_one = make_primary(members, from, of(node).number);
  for (unsigned other = 0; other < nodes_; ++other) {
    if (has(members, other)) enter(other, founded_one, false, from);
  }
  return true;
}

void galera::kill(unsigned node) { servers[node] = {}; }

void galera::stop(unsigned node) {
  auto& server = servers[node];
  if (server.state == process::member && !server.needs_transfer && server.sql != standing::unknown) {
    while (apply_next(node)) {
    }
    auto& disk = disks[node];
    disk.view = -1;
    if (disk.state.cluster != 0) disk.state.position = tree[disk.applied].length;
    for (unsigned other = 0; other < nodes_; ++other) {
      if (other != node && servers[other].component == server.component && running(other) &&
          connected(node, other))
        servers[other].left |= only(node);
    }
  } else if (server.state == process::member) {
    disks[node].view = -1;
  }
  kill(node);
}

// Nobody is left to tell who was last: either no more view comes before the end, or each sees the others go.
void galera::stop_at_once(node_set nodes, bool each_ends_alone) {
  history last = no_history;
  for (unsigned node = 0; node < nodes_; ++node) {
    if (!has(nodes, node) || !synced(node)) continue;
    const auto number = servers[node].component;
    const bool all_go = (of(node).members & ~nodes) == 0 && whole(of(node), number);
    while (apply_next(node)) {
    }
    if (!each_ends_alone || !all_go || std::popcount(of(node).members) == 1) continue;
    if (last == no_history || tree[last].parent != disks[node].applied)
      last = tree.view(disks[node].applied, number);
    disks[node].applied = last;
    disks[node].state.safe = true;
  }
  for (unsigned node = 0; node < nodes_; ++node) {
    if (!has(nodes, node)) continue;
    if (servers[node].state == process::member && tree[disks[node].applied].parent == limit(node) &&
        last != no_history) {
      disks[node].view = -1;
      disks[node].state.position = tree[disks[node].applied].length;
      kill(node);
    } else {
      stop(node);
    }
  }
}

void galera::give_up_data(unsigned node) {
  disks[node].state = {};
  given_up_ = true;
}

// ---- components

std::int16_t galera::make_primary(node_set members, history from, std::uint32_t number) {
  component made;
  made.members = members;
  made.primary = true;
  made.number = after(number);
  for (unsigned node = 0; node < nodes_; ++node) {
    if (has(members, node)) made.runs[node] = servers[node].run;
  }
  newest_primary_ = static_cast<std::int16_t>(components.size());
  made.head = made.begin = tree.view(from, newest_primary_);
  components.push_back(made);
  return newest_primary_;
}

// `continues`: it was in the Primary component that goes on with this one, so it has received all of it.
void galera::enter(unsigned node, std::int16_t number, bool continues, history from) {
  auto& server = servers[node];
  auto& disk = disks[node];
  if (!continues) {
    const bool was_member = server.component >= 0;
    const auto mine = was_member ? server.received : disk.applied;
    const bool known =
        !disk.transferring && (was_member ? tree[mine].cluster == tree[from].cluster
                                          : disk.state.present && disk.state.cluster == tree[from].cluster);
    server.needs_transfer = !known || mine != from;
    server.received = mine;
    if (server.needs_transfer) server.sql = standing::unknown;
    check_replaced(node, mine, from);
  }
  server.state = process::member;
  server.component = server.last_primary = number;
  server.recorded = false;
  server.left = 0;
}

// The members of the greatest last Primary view are all here again, none of them restarted: it goes on.
std::optional<std::int16_t> galera::healed(node_set members) const {
  std::int16_t greatest = -1;
  for (unsigned node = 0; node < nodes_; ++node) {
    if (!has(members, node) || servers[node].last_primary < 0) continue;
    const auto last = servers[node].last_primary;
    if (greatest < 0 || components[static_cast<std::size_t>(last)].number >
                            components[static_cast<std::size_t>(greatest)].number)
      greatest = last;
  }
  if (greatest < 0) return {};
  const auto& view = components[static_cast<std::size_t>(greatest)];
  for (unsigned node = 0; node < nodes_; ++node) {
    if (has(view.members, node) && (!has(members, node) || servers[node].run != view.runs[node])) return {};
  }
  return greatest;
}

bool galera::regroup(unsigned of_node, bool drop_received) {
  if (!running(of_node)) return false;
  node_set members = 0;
  node_set starting = 0;
  node_set in_primary = 0;
  std::int16_t primary = -1;
  std::uint32_t number = 0;
  bool all_in_one = true;
  std::int16_t one = -1;
  for (unsigned node = 0; node < nodes_; ++node) {
    if (!running(node) || !connected(node, of_node)) continue;
    const auto& server = servers[node];
    if (server.state == process::starting) starting |= only(node);
    if (server.state != process::member) continue;
    members |= only(node);
    all_in_one = all_in_one && (one < 0 || one == server.component);
    one = server.component;
    number = std::max(number, of(node).number);
    if (!of(node).primary) continue;
    if (primary >= 0 && primary != server.component && viable(primary) && viable(server.component)) {
      broken(1, "two Primary components meet");
      return true;
    }
    if (primary < 0 || viable(server.component)) primary = server.component;
  }
  if (members == 0) return false;
  all_in_one = all_in_one && components[static_cast<std::size_t>(one)].members == members;
  node_set left = 0;
  for (unsigned node = 0; node < nodes_; ++node) {
    if (!has(members, node) || servers[node].component != primary || primary < 0) continue;
    in_primary |= only(node);
    left |= servers[node].left;
  }
  bool goes_on = false;
  history from = no_history;
  if (primary >= 0) {
    const auto& view = components[static_cast<std::size_t>(primary)];
    goes_on = 2 * std::popcount(in_primary) + std::popcount(static_cast<node_set>(left & view.members)) >
              std::popcount(view.members);
    from = view.head;
  }
  if (all_in_one && (!goes_on && primary < 0 ? !healed(members) : goes_on && starting == 0)) return false;
  if (!goes_on) {
    in_primary = 0;
    // Ordered, perhaps, but not known to be by those who lost the others.
    for (unsigned node = 0; node < nodes_; ++node) {
      if (!has(members, node) || !of(node).primary) continue;
      const auto& view = of(node);
      const auto least = tree.contains(view.begin, disks[node].applied) ? view.begin : disks[node].applied;
      servers[node].ordered = drop_received ? least : view.head;
      if (!servers[node].needs_transfer) servers[node].received = servers[node].ordered;
    }
    if (healed(members)) {
      goes_on = true;
      from = no_history;
      for (unsigned node = 0; node < nodes_; ++node) {
        if (has(members, node) &&
            (from == no_history || tree[servers[node].ordered].length > tree[from].length))
          from = servers[node].ordered;
      }
    }
  }
  if (goes_on) {
    members |= starting;
    const auto made = make_primary(members, from, number);
    for (unsigned node = 0; node < nodes_; ++node) {
      if (has(members, node)) enter(node, made, has(in_primary, node), from);
    }
    return true;
  }
  component cut_off{.members = members, .number = after(number)};
  components.push_back(cut_off);
  for (unsigned node = 0; node < nodes_; ++node) {
    if (!has(members, node)) continue;
    servers[node].component = static_cast<std::int16_t>(components.size() - 1);
    servers[node].left = 0;
  }
  return true;
}

// Whether it may still go on as Primary and accept transactions, by those of its members that have not left it for another
// one: joiners alone have nothing to accept them with.
bool galera::viable(std::int16_t number) const {
  const auto& view = components[static_cast<std::size_t>(number)];
  if (!view.primary) return false;
  int staying = 0;
  bool serves = false;
  node_set left = 0;
  for (unsigned node = 0; node < nodes_; ++node) {
    if (!has(view.members, node) || !runs(node) || servers[node].component != number) continue;
    ++staying;
    serves = serves || !servers[node].needs_transfer;
    left |= servers[node].left;
  }
  return serves && 2 * staying + std::popcount(left) > std::popcount(view.members);
}

// ---- what members do

bool galera::record(unsigned node) {
  auto& server = servers[node];
  if (server.state != process::member || server.recorded || !of(node).primary || has(paused, node))
    return false;
  server.recorded = true;
  disks[node].view = server.component;
  disks[node].view_me = server.run;
  return true;
}

bool galera::apply(unsigned node) {
  auto& server = servers[node];
  if (server.state != process::member || has(paused, node) || disks[node].transferring) return false;
  if (apply_next(node)) return true;
  if (of(node).primary || server.sql == standing::cut_off) return false;
  server.sql = standing::cut_off;
  return true;
}

bool galera::apply_next(unsigned node) {
  auto& disk = disks[node];
  auto& server = servers[node];
  const auto next = tree.next(disk.applied, limit(node));
  if (next == disk.applied) return false;
  const auto& what = tree[next];
  if (what.schema_change && disk.state.cluster != 0) {
    disk.state = {true, 0, -1, disk.state.safe};
    return true;
  }
  if (what.component >= 0 && what.component == server.component) record(node);
  disk.applied = next;
  if (what.component >= 0) {
    server.sql = standing::primary;
    server.processed = what.component;
    disk.state = {true, what.cluster, -1,
                  std::popcount(components[static_cast<std::size_t>(what.component)].members) == 1};
  } else {
    disk.state = {true, what.cluster, -1, disk.state.safe};
    if (what.writer == server.run) acknowledge(next);
  }
  return true;
}

unsigned galera::donor_of(unsigned node) const {
  for (unsigned other = 0; other < nodes_; ++other) {
    if (other != node && running(other) && connected(node, other) && synced(other) &&
        servers[other].component == servers[node].component && !disks[other].transferring)
      return other;
  }
  return nodes_;
}

bool galera::donate(unsigned node, bool whole_copy) {
  auto& server = servers[node];
  auto& disk = disks[node];
  if (server.state != process::member || !server.needs_transfer || !of(node).primary || has(paused, node) ||
      disk.transferring || donor_of(node) == nodes_)
    return false;
  const auto& head = tree[of(node).head];
  const bool known =
      disk.state.present && disk.state.cluster == head.cluster && tree.contains(of(node).head, disk.applied);
  if (known && !whole_copy) {
    disk.state = {true, head.cluster, -1, false};
    server.needs_transfer = false;
    return true;
  }
  record(node);
  disk = {true,      true,        no_history, {true, 0, -1, !disk.state.present || disk.state.safe},
          disk.view, disk.view_me};
  return true;
}

bool galera::end_transfer(unsigned node) {
  auto& disk = disks[node];
  auto& server = servers[node];
  if (server.state != process::member || !disk.transferring || has(paused, node)) return false;
  const auto donor = donor_of(node);
  if (donor == nodes_ || !of(node).primary) return give_up(node);
  disk.transferring = false;
  disk.applied = disks[donor].applied;
  disk.state = {true, tree[disk.applied].cluster, -1, false};
  server.needs_transfer = false;
  server.sql = standing::primary;
  server.processed = server.component;
  return true;
}

bool galera::give_up(unsigned node) {
  const auto& server = servers[node];
  const bool waits =
      server.state == process::starting || (server.state == process::member && server.needs_transfer &&
                                            (!of(node).primary || donor_of(node) == nodes_));
  if (!waits || has(paused, node)) return false;
  kill(node);
  return true;
}

bool galera::write(unsigned node, bool schema_change) {
  if (!synced(node) || has(paused, node) || !whole(of(node), servers[node].component)) return false;
  auto& here = components[static_cast<std::size_t>(servers[node].component)];
  here.head = tree.transaction(here.head, servers[node].run, schema_change);
  return true;
}

// ---- promises

void galera::acknowledge(history what) {
  if (newest_primary_ >= 0 &&
      !tree.contains(components[static_cast<std::size_t>(newest_primary_)].head, what))
    broken(2,
           "a client is told that its transaction is committed, and the Primary component does not have it");
  std::erase_if(acknowledged, [&](history older) { return tree.contains(what, older); });
  acknowledged.push_back(what);
}

void galera::check_founding(history from) {
  for (std::size_t other = 0; other < components.size(); ++other) {
    if (viable(static_cast<std::int16_t>(other))) broken(1, "a second Primary component is founded");
  }
  for (const auto promised : acknowledged) {
    if (!tree.contains(from, promised))
      broken(2, "a Primary component is founded without an acknowledged transaction");
  }
}

void galera::check_replaced(unsigned node, history mine, history by) {
  if (!disks[node].data || disks[node].transferring || has(may_replace, node)) return;
  if (!tree.contains(by, mine)) broken(3, "data is replaced by a history that does not contain it");
}

}  // namespace mgc::simulator
