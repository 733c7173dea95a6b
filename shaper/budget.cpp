#include "shaper/budget.hpp"

#include <algorithm>

namespace mgc::shaper {
namespace {

std::int64_t to_nanoseconds(time_point t) { return duration{t.time_since_epoch()}.count(); }
time_point to_time(std::int64_t nanoseconds) { return time_point{duration{nanoseconds}}; }

rate from_count(std::uint64_t bytes_per_second) {
  if (bytes_per_second == rate::unlimited().count()) return rate::unlimited();
  return rate::bytes_per_second(bytes_per_second);
}

// `duration`s that mean "for ever" must not wrap around when they are added to a time.
time_point add(time_point t, duration d) { return d > time_point::max() - t ? time_point::max() : t + d; }

}  // namespace

std::uint64_t capacity_curve::at(time_point now) const { return capacity + speed.bytes_in(now - since); }

time_point capacity_curve::reaches(std::uint64_t bytes) const {
  if (speed.is_unlimited()) return time_point::min();
  if (bytes <= capacity) return since;
  if (speed.is_paused()) return time_point::max();
  return add(since, speed.time_for(bytes - capacity));
}

// A publisher may die between its stores, but never after raising `generation`: the segment in force is whole.
// A reader that was overtaken by two publishers may have read a mixture; then the generation has changed.
capacity_curve budget::curve() const {
  for (;;) {
    capacity_curve copy;
    copy.generation = generation();
    const auto& segment = state_->segments[copy.generation % 2];
    copy.capacity = segment.capacity.load(std::memory_order_acquire);
    copy.since = to_time(segment.since.load(std::memory_order_acquire));
    copy.speed = from_count(segment.bytes_per_second.load(std::memory_order_acquire));
    if (state_->generation.load(std::memory_order_acquire) == copy.generation) return copy;
  }
}

void budget::publish(std::uint64_t capacity, time_point since, rate speed) {
  const auto next = state_->generation.load(std::memory_order_relaxed) + 1;
  auto& segment = state_->segments[next % 2];
  segment.capacity.store(capacity, std::memory_order_release);
  segment.since.store(to_nanoseconds(since), std::memory_order_release);
  segment.bytes_per_second.store(speed.count(), std::memory_order_release);
  state_->generation.store(next, std::memory_order_release);
  state_->next_start.store(to_nanoseconds(since));  // the pace of the old limit does not bind under the new one
}

// What moved without a limit is neither debt nor credit: after it, the curve starts at what was issued.
void budget::set_limit(rate limit, time_point now) {
  const auto old = curve();
  publish(old.speed.is_unlimited() ? state_->issued.load() : old.at(now), now, limit);
}

void budget::restart(time_point now) { publish(state_->issued.load(), now, limit()); }

ticket budget::grab(std::uint64_t bytes, time_point now) {
  const auto curve = this->curve();
  ticket taken;
  taken.generation = curve.generation;
  taken.not_before = time_point::min();
  if (curve.speed.is_limited()) {
    const auto capacity = curve.at(now);
    const auto kept = std::min(capacity, curve.speed.bytes_in(depth));
    auto issued = state_->issued.load(std::memory_order_relaxed);
    while (issued < capacity - kept && !state_->issued.compare_exchange_weak(issued, capacity - kept)) {
    }
    const auto pace = rate::bytes_per_second(curve.speed.count() + curve.speed.count() / catch_up);
    auto next = state_->next_start.load(std::memory_order_relaxed);
    std::int64_t start = 0;
    do {
      start = std::max(next, to_nanoseconds(now - lateness));
    } while (!state_->next_start.compare_exchange_weak(next, to_nanoseconds(add(to_time(start), pace.time_for(bytes)))));
    taken.not_before = to_time(start);
  }
  taken.begin = state_->issued.fetch_add(bytes);
  taken.end = taken.begin + bytes;
  return taken;
}

time_point budget::due(const capacity_curve& curve, const ticket& t, std::uint64_t bytes) {
  const auto passed = curve.reaches(t.begin + bytes);
  return curve.generation == t.generation ? std::max(passed, t.not_before) : passed;
}

void budget::give_back(ticket& t) {
  auto last = t.end;
  state_->issued.compare_exchange_strong(last, t.begin);
  t.begin = t.end;
}

std::int64_t budget::debt(time_point now) const {
  const auto curve = this->curve();
  if (curve.speed.is_unlimited()) return 0;
  return static_cast<std::int64_t>(state_->issued.load() - curve.at(now));
}

std::uint64_t quantum(rate limit) {
  constexpr std::uint64_t least = 512;
  constexpr std::uint64_t most = 1024 * 1024;
  if (limit.is_unlimited()) return most;
  return std::clamp(limit.bytes_in(std::chrono::milliseconds{1}), least, most);
}

}  // namespace mgc::shaper
