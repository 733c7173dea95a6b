#pragma once

#include "orchestrator/election/journal.hpp"

namespace mgc::test {

// A journal in which no field is as it is in a new one.
inline orchestrator::journal made_up_journal() {
  using namespace orchestrator;
  return {.memory = "0123",
          .history = "6b5f1c2e-0000-11ee-8000-0123456789ab",
          .epochs = {{1, "aa", no_seqno}, {7, "bb", 4000}},
          .noted_at = 4100,
          .companions = {{unlisted, ""}, {2, "ff"}},
          .expected = {{3, "ee"}},
          .pledges = {{"cc", 1, "ff", 8}, {"dd", 2, "ee", 18'446'744'073'709'551'615U}},
          .campaign = ballot{"ab", 3, "0123", 9},
          .bootstrapping = true,
          .bootstrapped_at = 9'223'372'036'854'775'807,
          .wrote_safe = true,
          .untouched = true,
          .uncertain = true,
          .joining = 12,
          .view = recorded_view{"me-me", {"me-me", "you-you"}, 12, 7, true},
          .view_position = 4711,
          .applied = recorded_view{"me-me", {"me-me"}, 13, 8, false}};
}

}  // namespace mgc::test
