// The end of a schedule: nothing fails any more, and the cluster has to form, or to say why it cannot.

#include <fmt/format.h>

#include "tests/simulator/world.hpp"

namespace mgc::simulator {
namespace {

constexpr int most_rounds = 40;
constexpr int rounds_until_a_server_gives_up = 4;

// What a node's report says, for who reads a schedule.
std::string describe(const orchestrator::node_report& one) {
  auto text = fmt::format("node{}: data {} at {}:{}", one.node, static_cast<int>(one.data.kind),
                          one.data.history, one.data.position);
  for (const auto& opened : one.epochs)
    text += fmt::format(" epoch {} {}@{}", opened.number, opened.ballot, opened.began_at);
  text += fmt::format(", newest {}", one.newest_epoch);
  for (const auto& pledge : one.pledges)
    text += fmt::format(", pledged {} to {}", pledge.id, pledge.candidate);
  return text;
}

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

// Somebody has to reckon that it had data.
bool world::counted_as_member(unsigned node) const {
  for (const auto& mgc : nodes_) {
    if (mgc.memory().companions.contains(node + 1) || mgc.memory().expected.contains(node + 1)) return true;
  }
  return false;
}

// What may keep a cluster from forming although all is up: a disk with data was lost, or one that is empty is reckoned among
// the members; data may be ahead of what it says; there is more than one history.
bool world::excused() const {
  if (disks_lost_ != 0) return true;
  for (unsigned node = 0; node < nodes_.size(); ++node) {
    const auto& one = galera_.disks[node];
    if (!one.data && counted_as_member(node)) return true;
    if (!one.data || one.transferring) continue;
    if (one.state.present && one.state.cluster == 0) return true;
    for (unsigned other = 0; other < node; ++other) {
      const auto& another = galera_.disks[other];
      if (!another.data || another.transferring) continue;
      if (!galera_.tree.contains(one.applied, another.applied) &&
          !galera_.tree.contains(another.applied, one.applied))
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
    waits += "\n    " + describe(nodes_[node].report());
    if (galera_.synced(node)) continue;
    const auto* const waiting = std::get_if<orchestrator::wait>(&nodes_[node].last());
    all_say_so = all_say_so && waiting != nullptr && waiting->hopeless && !waiting->why.empty();
    waits += fmt::format("\n      {}{}", waiting != nullptr && waiting->hopeless ? "(hopeless) " : "",
                         reason_of(nodes_[node].last()));
  }
  if (!excused())
    return galera_.broken(4, "all is up, nothing was lost, and the cluster does not form:" + waits);
  if (!all_say_so)
    return galera_.broken(4, "the cluster cannot form, and not every node says that it is hopeless:" + waits);
  seen_->count(outcome::excused);
}

}  // namespace mgc::simulator
