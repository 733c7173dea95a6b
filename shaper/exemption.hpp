#pragma once

// Leave for one transfer to go faster than the limit that it shares, for as long as its owner says so: it takes its
// tokens here meanwhile, and none of the shared budget's, so nobody else waits for what it moved. Core; any thread.

#include <atomic>

#include "shaper/budget.hpp"

namespace mgc::shaper {

class exemption {
 public:
  // Up to that rate, or unlimited. In force at once. One caller at a time.
  void grant(rate up_to, time_point now) {
    if (tokens().limit() != up_to || !holds()) tokens().set_limit(up_to, now);
    holds_.store(true, std::memory_order_release);
  }
  // The shared limit is in force again.
  void end() { holds_.store(false, std::memory_order_release); }

  bool holds() const { return holds_.load(std::memory_order_acquire); }
  rate up_to() { return tokens().limit(); }  // while it holds
  budget tokens() { return budget{state_}; }

 private:
  budget_state state_;
  std::atomic<bool> holds_{false};
};

}  // namespace mgc::shaper
