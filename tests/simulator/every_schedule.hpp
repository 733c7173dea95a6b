#pragma once

// All schedules of a small cluster, of the events that matter most, up to a length; those that come to a state that was seen
// before at the same or a smaller length are not gone on with.

#include <cstdint>
#include <optional>

#include "tests/simulator/random_schedule.hpp"

namespace mgc::simulator {

std::optional<failure> run_every(unsigned nodes, unsigned longest, const policy& tried, coverage& seen);

}  // namespace mgc::simulator
