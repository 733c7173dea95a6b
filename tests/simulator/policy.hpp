#pragma once

// What is tried in the simulator: the project's own decision and ballots, or a wrong one, to see that it is caught.

#include <string_view>
#include <vector>

#include "orchestrator/election/decision.hpp"

namespace mgc::simulator {

struct policy {
  std::string_view name;
  std::string_view what;
  orchestrator::decision (*decide)(const orchestrator::knowledge& known) = orchestrator::decide;
  bool ballots = true;          // a majority is asked for leave
  bool second_round = true;     // ... twice
  bool pledges_durable = true;  // ... and does not forget it
};

// The first one is the project's own; the others each break a promise.
const std::vector<policy>& policies();

}  // namespace mgc::simulator
