#pragma once

// Schedules by chance: each draws how it begins, which kinds of faults it has and how often each comes, so that deep ones of few kinds
// come up as well as wild ones. All follows from the seed.

#include <cstdint>
#include <optional>

#include "tests/simulator/event.hpp"
#include "tests/simulator/world.hpp"

namespace mgc::simulator {

struct failure {
  setting how;
  schedule events;
  violation broken;
};

// `nodes` 0: by chance, 2 to 7.
std::optional<failure> run_random(std::uint64_t seed, unsigned nodes, const policy& tried, coverage& seen);

// The violation of that schedule, if it has one; events that cannot happen are left out.
std::optional<violation> replay(const setting& how, const schedule& events, const policy& tried,
                                coverage& seen);

// As few events as are found that break the same promise.
failure shrink(failure found, const policy& tried);

std::string to_text(const failure& what);

}  // namespace mgc::simulator
