#pragma once

// How often what came up, so that a run that tries nothing is seen to be one.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "orchestrator/election/decision.hpp"
#include "tests/simulator/event.hpp"

namespace mgc::simulator {

enum class outcome : std::uint8_t {
  join,
  join_with_replace,
  found_fresh,
  found_all_heard,
  found_last_one,
  found_newest_view,
  stand_down,
  wait,
  wait_hopeless,
  ballot_won,
  ballot_lost,
  told_to_found,
  acknowledged,
  formed,
  excused,
  count_
};

inline constexpr auto outcomes = static_cast<std::size_t>(outcome::count_);

struct coverage {
  std::array<std::uint64_t, event_kinds> events{};
  std::array<std::uint64_t, outcomes> ends{};
  std::uint64_t schedules = 0;
  std::uint64_t steps = 0;

  void count(event_kind kind) { ++events[static_cast<std::size_t>(kind)]; }
  void count(outcome what) { ++ends[static_cast<std::size_t>(what)]; }
  void count(const orchestrator::decision& what);
  std::uint64_t of(outcome what) const { return ends[static_cast<std::size_t>(what)]; }
};

std::string to_text(const coverage& all);

}  // namespace mgc::simulator
