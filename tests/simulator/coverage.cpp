#include "tests/simulator/coverage.hpp"

#include <fmt/format.h>

namespace mgc::simulator {
namespace {

constexpr std::array<std::string_view, outcomes> names{"join",
                                                       "join, data replaced",
                                                       "found: nobody has data",
                                                       "found: all heard",
                                                       "found: was the last one",
                                                       "found: newest view",
                                                       "stand down",
                                                       "wait",
                                                       "wait, hopeless",
                                                       "ballots won",
                                                       "ballots lost",
                                                       "told a running server to found",
                                                       "acknowledged at the end",
                                                       "formed at the end",
                                                       "excused at the end"};

outcome kind_of(const orchestrator::bootstrap& what) {
  if (what.why.find("was the last one") != std::string::npos) return outcome::found_last_one;
  if (what.why.find("last Primary component") != std::string::npos) return outcome::found_newest_view;
  return what.why.find("most advanced") != std::string::npos ? outcome::found_all_heard
                                                             : outcome::found_fresh;
}

}  // namespace

void coverage::count(const orchestrator::decision& what) {
  if (const auto* const joining = std::get_if<orchestrator::join>(&what)) {
    count(joining->replace ? outcome::join_with_replace : outcome::join);
  } else if (const auto* const founding = std::get_if<orchestrator::bootstrap>(&what)) {
    count(kind_of(*founding));
  } else if (const auto* const waiting = std::get_if<orchestrator::wait>(&what)) {
    count(waiting->hopeless ? outcome::wait_hopeless : outcome::wait);
  } else {
    count(outcome::stand_down);
  }
}

std::string to_text(const coverage& all) {
  auto text = fmt::format("{} schedules, {} steps\n", all.schedules, all.steps);
  for (std::size_t kind = 0; kind < event_kinds; ++kind)
    text += fmt::format("  {:34} {:>12}\n", name_of(static_cast<event_kind>(kind)), all.events[kind]);
  text += '\n';
  for (std::size_t what = 0; what < outcomes; ++what)
    text += fmt::format("  {:34} {:>12}\n", names[what], all.ends[what]);
  return text;
}

}  // namespace mgc::simulator
