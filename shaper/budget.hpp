#pragma once

// The budget: how many bytes may have moved by now, for everyone who shares one limit.
//
// It is a capacity curve, not a bucket of doubles. A published segment (C0, t0, R) says that at time t
// C(t) = C0 + R (t - t0) bytes may have been issued; one atomic counter says how many were. A grab first forgets all
// credit beyond `depth`, then takes the next range of bytes on the curve as its ticket: strictly first come,
// first served, so nobody starves, and each range may move when the curve has passed it. All maths is on
// integers and absolute, so nothing drifts. Credit that is left is spent at most 1/catch_up above the rate:
// an even stream is what clients of a donor feel least.
//
// A new limit is a new segment that starts where the old one stood. Credits and debts stay as they were, in
// bytes: nothing is forgiven and nothing is given.
//
// Invariants, whatever the grabs, clocks and limits (tests/unit/shaper/budget_property_test.cpp):
//   in every window of length T the tickets that become due cover at most R T + depth bytes plus one ticket;
//   while some ticket is always waiting to become due, they cover exactly R T, however late anybody wakes.
//
// Core: no clock and no I/O; time comes in. `budget_state` is a plain lock-free structure that may lie in
// memory shared between processes. Any thread of any process may call anything at any time, but set_limit:
// one caller at a time (shared_budget sees to that between processes).

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "shaper/rate.hpp"

namespace mgc::shaper {

// Read by every process that shares it, so its layout is a file format (shared_budget.hpp has the version).
// The segment in force is segments[generation % 2]; the other one is written before `generation` is raised.
struct budget_state {
  struct segment {
    std::atomic<std::uint64_t> capacity{0};          // C0, bytes
    std::atomic<std::int64_t> since{0};              // t0, CLOCK_MONOTONIC, nanoseconds
    std::atomic<std::uint64_t> bytes_per_second{0};  // R, as rate::count()
  };
  std::atomic<std::uint64_t> generation{0};
  segment segments[2];
  alignas(64) std::atomic<std::uint64_t> issued{0};  // bytes covered by tickets since the budget was made
  std::atomic<std::int64_t> next_start{0};  // no catching up before this time, CLOCK_MONOTONIC, nanoseconds
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free &&
              std::atomic<std::int64_t>::is_always_lock_free);
static_assert(sizeof(budget_state) == 128);

// One segment, copied out.
struct capacity_curve {
  std::uint64_t generation = 0;
  std::uint64_t capacity = 0;
  time_point since;
  rate speed;

  std::uint64_t at(time_point now) const;  // bytes; not for unlimited
  time_point reaches(
      std::uint64_t bytes) const;  // time_point::max() when never (paused), min() when unlimited
};

// The right to move the bytes [begin, end) of the curve, each when the curve has passed it. Owned by who
// grabbed it.
struct ticket {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  time_point not_before;  // holds while `generation` is in force
  std::uint64_t generation = 0;

  std::uint64_t left() const { return end - begin; }
};

class budget {
 public:
  static constexpr std::chrono::milliseconds depth{250};  // credit kept through a stall of any length
  static constexpr std::uint64_t catch_up = 20;           // credit is spent at most 1/catch_up above the rate
  static constexpr std::chrono::milliseconds lateness{1};  // of a wake-up: made good at once

  // A view; `state` must outlive it. A fresh state is paused: call set_limit before the first grab.
  explicit budget(budget_state& state) : state_{&state} {}

  // Whether both are views of one state.
  friend bool operator==(const budget&, const budget&) = default;

  capacity_curve curve() const;
  rate limit() const { return curve().speed; }
  std::uint64_t generation() const { return state_->generation.load(std::memory_order_acquire); }

  // In force for every later due() of every holder. One caller at a time.
  void set_limit(rate limit, time_point now);

  // Starts the curve anew at `now` with the limit in force and no credit: for a clock that was set back (a
  // reboot).
  void restart(time_point now);

  // Takes the next `bytes` of the curve, with at most `credit` (no more than `depth`) of the time in which
  // nobody took any. Never blocks. The caller moves nothing before due() says so.
  ticket grab(std::uint64_t bytes, time_point now, duration credit = depth);

  // When the first `bytes` (at most left()) of `t` may move. Changes with the limit: ask again after
  // sleeping. time_point::max() while paused; never later than `now` when unlimited.
  time_point due(const ticket& t, std::uint64_t bytes) const { return due(curve(), t, bytes); }
  static time_point due(const capacity_curve& curve, const ticket& t, std::uint64_t bytes);

  // Returns what is left of a ticket if nobody grabbed after it, else that much of the curve is lost.
  void give_back(ticket& t);

  // Bytes issued beyond the curve; negative: credit. 0 when unlimited.
  std::int64_t debt(time_point now) const;

 private:
  void publish(std::uint64_t capacity, time_point since, rate speed);
  void forget_old_credit(const capacity_curve& curve, time_point now, duration kept);
  time_point next_start(const capacity_curve& curve, const ticket& t, time_point now);

  budget_state* state_;
};

}  // namespace mgc::shaper
