#include "tests/simulator/world.hpp"

#include <algorithm>

namespace mgc::simulator {

namespace {
constexpr std::size_t most_messages = 24;  // the oldest are lost
}

world::world(const setting& how, const policy& tried, coverage& seen) : seen_{&seen}, galera_{how.nodes} {
  galera_.may_replace = how.may_replace;
  nodes_.reserve(how.nodes);
  for (unsigned node = 0; node < how.nodes; ++node) nodes_.emplace_back(node, tried, galera_);
  const auto bring = [&](std::int8_t who, bool clustered) {
    if (who < 0 || static_cast<unsigned>(who) >= how.nodes) return;
    auto& disk = galera_.disks[static_cast<unsigned>(who)];
    disk.data = true;
    disk.applied = galera_.tree.transaction(galera_.tree.new_cluster(no_history), 0, false);
    if (clustered) disk.state = {true, galera_.tree[disk.applied].cluster, 1, true};
  };
  bring(how.with_data, false);
  bring(how.foreign, true);
  if (!how.formed) return;
  for (unsigned node = 0; node < how.nodes; ++node)
    perform({event_kind::start, static_cast<std::uint8_t>(node), 0});
  for (int round = 0; round < 12 && !formed(); ++round) calm_round(true);
}

bool world::perform(const event& what) {
  if (what.kind != event_kind::stop_many && what.node >= nodes_.size()) return false;
  const bool done = what.kind < event_kind::start       ? perform_by_server(what)
                    : what.kind < event_kind::kill_node ? perform_by_node(what)
                                                        : perform_fault(what);
  if (done) {
    seen_->count(what.kind);
    ++seen_->steps;
  }
  return done;
}

bool world::apply(unsigned node, unsigned steps) {
  bool any = false;
  for (; steps > 0 && galera_.apply(node); --steps) any = true;
  return any;
}

bool world::perform_by_server(const event& what) {
  switch (what.kind) {
    case event_kind::found: return galera_.found(what.node);
    case event_kind::regroup: return galera_.regroup(what.node, what.with != 0);
    case event_kind::record_view: return galera_.record(what.node);
    case event_kind::apply: return apply(what.node, what.with);
    case event_kind::give_ist: return galera_.donate(what.node, false);
    case event_kind::give_sst: return galera_.donate(what.node, true);
    case event_kind::end_transfer: return galera_.end_transfer(what.node);
    case event_kind::give_up: return galera_.give_up(what.node);
    case event_kind::write: return galera_.write(what.node, false);
    case event_kind::change_schema: return galera_.write(what.node, true);
    default: return false;
  }
}

bool world::perform_by_node(const event& what) {
  const unsigned node = what.node;
  auto& mgc = nodes_[node];
  switch (what.kind) {
    case event_kind::start:
      if (mgc.up() || has(galera_.paused, node)) return false;
      mgc.start(++starts_);
      return true;
    case event_kind::deliver: return what.with < network_.size() && deliver(what.with);
    case event_kind::lose:
      if (what.with >= network_.size()) return false;
      network_.erase(network_.begin() + what.with);
      return true;
    default: break;
  }
  if (what.kind == event_kind::calm) return calm_round(what.with != 0), true;
  if (!up(node)) return false;
  switch (what.kind) {
    case event_kind::watch: return mgc.watch();
    case event_kind::round:
      if (mgc.has_step()) return false;
      if (mgc.at() == stage::idle) send(node, mgc.begin_round());
      return exchange(node, static_cast<node_set>(what.with));
    case event_kind::ask:
      if (mgc.at() != stage::idle) return false;
      send(node, mgc.begin_round());
      return true;
    case event_kind::conclude: return conclude(node);
    case event_kind::proceed:
      if (!mgc.has_step()) return false;
      if (mgc.at() == stage::elected) seen_->count(outcome::ballot_won);
      if (mgc.at() == stage::founding_4 && galera_.runs(node)) seen_->count(outcome::told_to_found);
      send(node, mgc.proceed());
      return true;
    default: return false;
  }
}

// ---- messages

void world::send(unsigned from, const outgoing& what) {
  for (unsigned to = 0; to < nodes_.size(); ++to) {
    if (!has(what.whom, to) || to == from) continue;
    if (network_.size() >= most_messages) network_.erase(network_.begin());
    network_.push_back({static_cast<std::uint8_t>(from),
                        static_cast<std::uint8_t>(to),
                        nodes_[from].incarnation(),
                        nodes_[from].round(),
                        what.request,
                        {}});
  }
}

bool world::deliver(std::size_t which) {
  if (!reaches(network_[which].from, network_[which].to)) return false;
  auto taken = std::move(network_[which]);
  network_.erase(network_.begin() + static_cast<std::ptrdiff_t>(which));
  auto& to = nodes_[taken.to];
  if (taken.answer) {
    if (to.incarnation() == taken.incarnation && to.round() == taken.round)
      to.heard(taken.from, *taken.answer);
    return true;
  }
  taken.answer = taken.request ? to.answer(*taken.request) : orchestrator::peer_answer{true, {}, to.report()};
  std::swap(taken.from, taken.to);
  network_.push_back(std::move(taken));
  return true;
}

// The messages of the present round that can be delivered are, to `with` and back; the others are lost.
bool world::exchange(unsigned node, node_set with) {
  for (unsigned peer = 0; peer < nodes_.size(); ++peer) {
    for (std::size_t which = 0; which < network_.size();) {
      auto& asked = network_[which];
      const bool of_round =
          asked.incarnation == nodes_[node].incarnation() && asked.round == nodes_[node].round();
      const bool to_peer = !asked.answer && asked.from == node && asked.to == peer;
      if (!of_round || !to_peer || !has(with, peer) || !reaches(node, peer)) {
        ++which;
        continue;
      }
      deliver(which);
      if (reaches(peer, node)) deliver(network_.size() - 1);
    }
  }
  std::erase_if(network_, [&](const message& late) {
    return late.round == nodes_[node].round() && late.incarnation == nodes_[node].incarnation();
  });
  return conclude(node);
}

bool world::conclude(unsigned node) {
  auto& mgc = nodes_[node];
  const auto at = mgc.at();
  if (at == stage::idle || mgc.has_step()) return false;
  const auto next = mgc.end_round();
  if (at == stage::asking && mgc.server() != orchestrator::server_state::primary &&
      mgc.server() != orchestrator::server_state::starting)
    seen_->count(mgc.last());
  if ((at == stage::canvassing || at == stage::confirming) && mgc.at() == stage::idle)
    seen_->count(outcome::ballot_lost);
  send(node, next);
  return true;
}

// ---- faults

void world::kill(unsigned node) {
  galera_.kill(node);
  galera_.paused &= static_cast<node_set>(~only(node));
  nodes_[node].die();
}

// Every trace of the cluster is gone: then nobody can be blamed for beginning anew.
bool world::nobody_knows() const {
  for (unsigned node = 0; node < nodes_.size(); ++node) {
    if (galera_.disks[node].data || nodes_[node].knows_of_a_cluster()) return false;
  }
  return true;
}

bool world::was_agreed_to(unsigned candidate) const {
  const auto speaks_of_it = [&](const orchestrator::ballot& pledge) {
    return pledge.candidate == candidate + 1;
  };
  if (nodes_[candidate].memory().campaign) return true;
  return std::any_of(nodes_.begin(), nodes_.end(), [&](const coordinator& mgc) {
    return std::any_of(mgc.memory().pledges.begin(), mgc.memory().pledges.end(), speaks_of_it);
  });
}

bool world::perform_fault(const event& what) {
  const unsigned node = what.node;
  const auto all = static_cast<node_set>((1U << nodes_.size()) - 1);
  switch (what.kind) {
    case event_kind::kill_node:
      if (!nodes_[node].up()) return false;
      kill(node);
      return true;
    case event_kind::kill_server:
      if (!galera_.runs(node)) return false;
      galera_.kill(node);
      return true;
    case event_kind::stop_node:
      if (!up(node)) return false;
      galera_.stop(node);
      nodes_[node].die();
      return true;
    case event_kind::stop_many: {
      node_set stopped = 0;
      for (unsigned one = 0; one < nodes_.size(); ++one) {
        if (has(static_cast<node_set>(what.with), one) && up(one)) stopped |= only(one);
      }
      if (stopped == 0) return false;
      galera_.stop_at_once(stopped, what.node != 0);
      for (unsigned one = 0; one < nodes_.size(); ++one) {
        if (has(stopped, one)) nodes_[one].die();
      }
      return true;
    }
    case event_kind::power_loss:
      for (unsigned one = 0; one < nodes_.size(); ++one) kill(one);
      return true;
    case event_kind::lose_disk:
      if (nodes_[node].up()) return false;
      if (galera_.disks[node].data || was_agreed_to(node)) disks_lost_ |= only(node);
      galera_.lose_disk(node);
      nodes_[node].lose_disk();
      if (nobody_knows()) galera_.acknowledged.clear();
      return true;
    case event_kind::pause:
      if (!up(node)) return false;
      galera_.paused |= only(node);
      return true;
    case event_kind::resume:
      if (!has(galera_.paused, node)) return false;
      galera_.paused &= static_cast<node_set>(~only(node));
      return true;
    case event_kind::partition:
      if ((what.with & ~all) != 0) return false;
      for (unsigned one = 0; one < nodes_.size(); ++one)
        galera_.side[one] = has(static_cast<node_set>(what.with), one) ? 1 : 0;
      return true;
    case event_kind::cut_peers:
      if (what.with >= nodes_.size() || what.with == node) return false;
      cut_[node] |= only(what.with);
      return true;
    case event_kind::heal_peers: cut_ = {}; return true;
    default: return false;
  }
}

}  // namespace mgc::simulator
