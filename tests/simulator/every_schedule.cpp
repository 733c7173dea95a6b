#include "tests/simulator/every_schedule.hpp"

#include <unordered_map>

namespace mgc::simulator {
namespace {

schedule alphabet(unsigned nodes) {
  const auto all = static_cast<std::uint16_t>((1U << nodes) - 1);
  schedule events{{event_kind::calm, 0, 0}, {event_kind::calm, 0, 1}, {event_kind::stop_many, 1, all}};
  for (std::uint8_t node = 0; node < nodes; ++node) {
    events.push_back({event_kind::write, node, 0});
    events.push_back({event_kind::apply, node, 50});
    events.push_back({event_kind::regroup, node, 1});
    events.push_back({event_kind::kill_node, node, 0});
    events.push_back({event_kind::stop_node, node, 0});
    events.push_back({event_kind::start, node, 0});
    events.push_back({event_kind::round, node, all});
    events.push_back({event_kind::proceed, node, 0});
    events.push_back({event_kind::partition, 0, static_cast<std::uint16_t>(1U << node)});
  }
  return events;
}

class search {
 public:
  search(const setting& how, unsigned longest, const policy& tried, coverage& seen)
      : how_{how}, longest_{longest}, tried_{tried}, seen_{seen}, events_{alphabet(how.nodes)} {}

  std::optional<failure> from(schedule& so_far) {
    for (const auto& next : events_) {
      so_far.push_back(next);
      if (auto found = after(so_far)) return found;
      so_far.pop_back();
    }
    return {};
  }

 private:
  std::optional<failure> after(schedule& so_far) {
    world all{how_, tried_, seen_};
    bool possible = true;
    for (const auto& next : so_far) possible = all.perform(next);
    if (!possible) return {};
    const auto left = longest_ - static_cast<unsigned>(so_far.size());
    const auto [known, fresh] = most_left_.try_emplace(all.fingerprint(), left);
    if (!fresh && known->second >= left) return {};
    known->second = left;
    ++seen_.schedules;
    if (!all.violated()) all.settle();
    if (all.violated()) return failure{how_, so_far, *all.violated()};
    return left > 0 ? from(so_far) : std::nullopt;
  }

  setting how_;
  unsigned longest_;
  const policy& tried_;
  coverage& seen_;
  schedule events_;
  std::unordered_map<std::uint64_t, unsigned>
      most_left_;  // by state: how much longer schedules were tried from there
};

}  // namespace

std::optional<failure> run_every(unsigned nodes, unsigned longest, const policy& tried, coverage& seen) {
  for (const bool formed : {true, false}) {
    search all{{.nodes = nodes, .formed = formed}, longest, tried, seen};
    schedule none;
    if (auto found = all.from(none)) return found;
  }
  return {};
}

}  // namespace mgc::simulator
