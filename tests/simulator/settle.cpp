// The end of a schedule: nothing fails any more, and the cluster has to form, or to say why it cannot.

#include <fmt/format.h>

#include "tests/simulator/world.hpp"

namespace mgc::simulator {
namespace {

constexpr int most_rounds = 40;
constexpr int rounds_until_a_server_gives_up = 4;

}  // namespace

void world::settle() {
  galera_.side = {};
  galera_.paused = 0;
  cut_ = {};
  network_.clear();
  for (int round = 0; round < most_rounds && !formed() && !violated(); ++round) {
    calm_round(true);
    if (round % rounds_until_a_server_gives_up != rounds_until_a_server_gives_up - 1) continue;
    for (unsigned node = 0; node < nodes_.size(); ++node) galera_.give_up(node);
  }
  if (!violated()) check_settled();
}

void world::calm_round(bool start_all) {
  const auto count = static_cast<unsigned>(nodes_.size());
  for (unsigned node = 0; node < count; ++node) {
    if (start_all && !nodes_[node].up()) nodes_[node].start(++starts_);
    galera_.found(node);
  }
  for (unsigned node = 0; node < count; ++node) {
    galera_.regroup(node, false);
    galera_.record(node);
    while (galera_.apply(node)) {
    }
  }
  for (unsigned node = 0; node < count; ++node) {
    galera_.donate(node, false);
    galera_.end_transfer(node);
    while (galera_.apply(node)) {
    }
  }
  for (unsigned node = 0; node < count; ++node) {
    auto& mgc = nodes_[node];
    if (!up(node)) continue;
    mgc.watch();
    if (mgc.at() == stage::idle) send(node, mgc.begin_round());
    const auto everybody = static_cast<node_set>((1U << count) - 1);
    do {
      if (mgc.has_step()) {
        send(node, mgc.proceed());
      } else {
        exchange(node, everybody);
      }
    } while (mgc.at() != stage::idle);
    for (std::size_t which = 0; which < network_.size();) {  // a withdrawal
      if (!deliver(which)) ++which;
    }
  }
}

bool world::formed() const {
  for (unsigned node = 0; node < nodes_.size(); ++node) {
    if (!galera_.synced(node) || nodes_[node].server() != orchestrator::server_state::primary ||
        galera_.servers[node].component != galera_.servers[0].component)
      return false;
  }
  return true;
}

// What may keep a cluster from forming although all is up: a disk with data was lost, data may be ahead of what it says, or
// there is more than one history.
bool world::excused() const {
  if (disks_lost_ != 0) return true;
  for (unsigned node = 0; node < nodes_.size(); ++node) {
    const auto& one = galera_.disks[node];
    if (!one.data && nodes_[node].memory().joining > 0) return true;  // F4
    if (!one.data || one.transferring) continue;
    if (one.state.present && one.state.cluster == 0) return true;
    for (unsigned other = 0; other < node; ++other) {
      const auto& another = galera_.disks[other];
      if (!another.data || another.transferring) continue;
      if (!galera_.tree.contains(one.applied, another.applied) && !galera_.tree.contains(another.applied, one.applied))
        return true;
    }
  }
  return false;
}

void world::check_settled() {
  if (formed()) {
    seen_->count(outcome::formed);
    if (!galera_.acknowledged.empty()) seen_->count(outcome::acknowledged);
    return;
  }
  std::string waits;
  bool all_say_so = true;
  for (unsigned node = 0; node < nodes_.size(); ++node) {
    if (galera_.synced(node)) continue;
    const auto* const waiting = std::get_if<orchestrator::wait>(&nodes_[node].last());
    all_say_so = all_say_so && waiting != nullptr && waiting->hopeless && !waiting->why.empty();
    waits += fmt::format("\n    node{}: {}{}", node + 1, waiting != nullptr && waiting->hopeless ? "(hopeless) " : "",
                         reason_of(nodes_[node].last()));
  }
  if (!excused()) return galera_.broken(4, "all is up, nothing was lost, and the cluster does not form:" + waits);
  if (!all_say_so) return galera_.broken(4, "the cluster cannot form, and not every node says that it is hopeless:" + waits);
  seen_->count(outcome::excused);
}

}  // namespace mgc::simulator
