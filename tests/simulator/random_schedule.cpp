#include "tests/simulator/random_schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace mgc::simulator {
namespace {

// SplitMix64: small, and the same everywhere.
class dice {
 public:
  explicit dice(std::uint64_t seed) : state_{seed} {}

  std::uint32_t operator()(std::uint32_t below) {
    state_ += 0x9e3779b97f4a7c15;
    auto mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    mixed ^= mixed >> 31;
    return static_cast<std::uint32_t>((mixed >> 32) * below >> 32);
  }
  bool one_in(std::uint32_t many) { return (*this)(many) == 0; }

 private:
  std::uint64_t state_;
};

using weights = std::array<std::uint32_t, event_kinds>;

struct plan {
  setting how;
  weights rates{};
  std::uint32_t total = 0;
  std::uint32_t steps = 0;
  bool poor_network = false;  // rounds may hear only some
};

constexpr std::array faults{event_kind::kill_node,    event_kind::kill_server, event_kind::stop_node,
                            event_kind::stop_many,    event_kind::power_loss,  event_kind::lose_disk,
                            event_kind::pause,        event_kind::partition,   event_kind::cut_peers,
                            event_kind::change_schema};

plan draw(dice& chance, unsigned nodes) {
  plan drawn;
  constexpr std::array sizes{2U, 3U, 3U, 3U, 3U, 3U, 4U, 4U, 5U, 5U, 6U, 7U};
  drawn.how.nodes = nodes != 0 ? nodes : sizes[chance(sizes.size())];
  drawn.how.formed = !chance.one_in(4);
  const auto someone = [&] { return static_cast<std::int8_t>(chance(drawn.how.nodes)); };
  if (!drawn.how.formed && chance.one_in(4)) drawn.how.with_data = someone();
  if (!drawn.how.formed && chance.one_in(4)) drawn.how.foreign = someone();
  if (chance.one_in(10)) drawn.how.may_replace = static_cast<node_set>(chance(1U << drawn.how.nodes));
  auto rate = [&](event_kind kind) -> std::uint32_t& { return drawn.rates[static_cast<std::size_t>(kind)]; };
  rate(event_kind::found) = 20;
  rate(event_kind::regroup) = 10 + chance(40);
  rate(event_kind::record_view) = chance(30);
  rate(event_kind::apply) = 10 + chance(80);
  rate(event_kind::give_ist) = 20;
  rate(event_kind::give_sst) = chance(15);
  rate(event_kind::end_transfer) = 2 + chance(20);
  rate(event_kind::give_up) = 1 + chance(5);
  rate(event_kind::write) = 5 + chance(50);
  rate(event_kind::start) = 5 + chance(50);
  rate(event_kind::watch) = 10 + chance(60);
  rate(event_kind::proceed) = 20 + chance(80);
  rate(event_kind::round) = 20 + chance(100);
  if (!chance.one_in(3)) rate(event_kind::calm) = 1 + chance(60);
  drawn.poor_network = chance.one_in(2);
  if (chance.one_in(3)) {
    rate(event_kind::ask) = rate(event_kind::round);
    rate(event_kind::round) = chance(20);
    rate(event_kind::deliver) = 4 * rate(event_kind::ask);
    rate(event_kind::lose) = chance(20);
    rate(event_kind::conclude) = 10 + chance(30);
  }
  for (const auto fault : faults) {
    if (chance.one_in(2)) rate(fault) = 1 + chance(chance.one_in(3) ? 20 : 5);
  }
  if (rate(event_kind::lose_disk) != 0 && !chance.one_in(4)) rate(event_kind::lose_disk) = 0;
  if (rate(event_kind::power_loss) > 4) rate(event_kind::power_loss) = 4;
  rate(event_kind::resume) = rate(event_kind::pause) * (1 + chance(3));
  rate(event_kind::heal_peers) = rate(event_kind::cut_peers) / 2;
  const auto haste = 1 + chance(4);  // how much is done between two faults
  for (std::size_t kind = 0; kind < static_cast<std::size_t>(event_kind::kill_node); ++kind)
    drawn.rates[kind] *= haste;
  for (const auto each : drawn.rates) drawn.total += each;
  drawn.steps = 20 + chance(chance.one_in(4) ? 250 : 100);
  return drawn;
}

event draw_event(dice& chance, const plan& by, const world& now) {
  auto left = chance(by.total);
  std::size_t kind = 0;
  while (left >= by.rates[kind]) left -= by.rates[kind++];
  event drawn{static_cast<event_kind>(kind), static_cast<std::uint8_t>(chance(by.how.nodes)), 0};
  const auto all = (1U << by.how.nodes) - 1;
  switch (drawn.kind) {
    case event_kind::regroup: drawn.with = chance.one_in(2) ? 1 : 0; break;
    case event_kind::calm: drawn.with = chance.one_in(2) ? 1 : 0; break;
    case event_kind::apply:
      drawn.with = static_cast<std::uint16_t>(chance.one_in(3) ? 50 : 1 + chance(2));
      break;
    case event_kind::round:
      drawn.with = static_cast<std::uint16_t>(by.poor_network && chance.one_in(2) ? chance(all + 1) : all);
      break;
    case event_kind::deliver:
    case event_kind::lose:
      drawn.node = 0;
      drawn.with = static_cast<std::uint16_t>(chance(static_cast<std::uint32_t>(now.messages()) + 1));
      break;
    case event_kind::stop_many:
      drawn.node = chance.one_in(2) ? 1 : 0;
      drawn.with = static_cast<std::uint16_t>(chance.one_in(2) ? all : 1 + chance(all));
      break;
    case event_kind::partition:
      drawn.with = static_cast<std::uint16_t>(chance.one_in(3) ? 0 : chance(all));
      break;
    case event_kind::cut_peers: drawn.with = static_cast<std::uint16_t>(chance(by.how.nodes)); break;
    default: break;
  }
  return drawn;
}

}  // namespace

std::optional<failure> run_random(std::uint64_t seed, unsigned nodes, const policy& tried, coverage& seen) {
  dice chance{seed};
  const auto drawn = draw(chance, nodes);
  ++seen.schedules;
  world all{drawn.how, tried, seen};
  schedule events;
  for (std::uint32_t tries = 6 * drawn.steps; tries > 0 && events.size() < drawn.steps && !all.violated();
       --tries) {
    const auto next = draw_event(chance, drawn, all);
    if (all.perform(next)) events.push_back(next);
  }
  if (!all.violated()) all.settle();
  if (!all.violated()) return {};
  return failure{drawn.how, std::move(events), *all.violated()};
}

std::optional<violation> replay(const setting& how, const schedule& events, const policy& tried,
                                coverage& seen) {
  world all{how, tried, seen};
  for (const auto& next : events) {
    if (all.violated()) break;
    all.perform(next);
  }
  if (!all.violated()) all.settle();
  return all.violated();
}

failure shrink(failure found, const policy& tried) {
  coverage unseen;
  for (auto length = std::max<std::size_t>(found.events.size() / 2, 1); length > 0; length /= 2) {
    for (bool shorter = true; shorter;) {
      shorter = false;
      for (std::size_t begin = 0; begin + length <= found.events.size();) {
        auto fewer = found.events;
        fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(begin),
                    fewer.begin() + static_cast<std::ptrdiff_t>(begin + length));
        const auto still = replay(found.how, fewer, tried, unseen);
        if (still && still->promise == found.broken.promise) {
          found.events = std::move(fewer);
          found.broken = *still;
          shorter = true;
        } else {
          begin += length;
        }
      }
    }
  }
  return found;
}

std::string to_text(const failure& what) {
  auto text = fmt::format("  {} nodes, {}", what.how.nodes,
                          what.how.formed ? "the cluster is up" : "nothing was ever started");
  if (what.how.with_data >= 0)
    text += fmt::format(", node{} has data that was never in a cluster", what.how.with_data + 1);
  if (what.how.foreign >= 0)
    text += fmt::format(", node{} has data of another cluster", what.how.foreign + 1);
  if (what.how.may_replace != 0)
    text += fmt::format(", data may be replaced on nodes {:#b}", what.how.may_replace);
  text += '\n';
  for (std::size_t step = 0; step < what.events.size(); ++step)
    text += fmt::format("  {:3}. {}\n", step + 1, to_text(what.events[step]));
  return text + fmt::format("  promise {} is broken: {}\n", what.broken.promise, what.broken.what);
}

}  // namespace mgc::simulator
