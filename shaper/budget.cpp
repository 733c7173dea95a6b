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
time_point add(time_point t, duration d) { return t > time_point::max() - d ? time_point::max() : t + d; }

// At which credit is spent.
rate pace_of(rate limit) { return rate::bytes_per_second(limit.count() + limit.count() / budget::catch_up); }

}  // namespace

std::uint64_t capacity_curve::at(time_point now) const { return capacity + speed.bytes_in(now - since); }

time_point capacity_curve::reaches(std::uint64_t bytes) const {
  if (speed.is_unlimited()) return time_point::min();
  if (bytes <= capacity) return since;
  if (speed.is_paused()) return time_point::max();
  return add(since, speed.time_for(bytes - capacity));
}

// A publisher may die between its stores, but never after raising `generation`: the segment in force is
// whole. A reader that was overtaken by two publishers may have read a mixture; then the generation has
// changed.
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
  // The pace of the old limit does not bind under the new one.
  state_->next_start.store(to_nanoseconds(since));
}

// What moved without a limit is neither debt nor credit: after it, the curve starts at what was issued.
// Credit is what the old limit's depth allows: it must not grow with the new one. A clock that is behind the
// last change would repeat a part of the curve.
void budget::set_limit(rate limit, time_point now) {
  const auto old = curve();
  const auto since = std::max(now, old.since);
  forget_old_credit(old, since, depth);
  publish(old.speed.is_unlimited() ? state_->issued.load() : old.at(since), since, limit);
}

void budget::restart(time_point now) { publish(state_->issued.load(), now, limit()); }

void budget::forget_old_credit(const capacity_curve& curve, time_point now, duration kept) {
  if (!curve.speed.is_limited()) return;
  const auto capacity = curve.at(now);
  const auto least = capacity - std::min(capacity, curve.speed.bytes_in(kept));
  auto issued = state_->issued.load(std::memory_order_relaxed);
  while (issued < least && !state_->issued.compare_exchange_weak(issued, least)) {
  }
}

// Credit lasts for `depth` at most, so nobody who keeps the pace is ever told to start later than that after
// the curve. Only what a killed process, or one that was overtaken by a new limit, has left is further ahead.
time_point budget::next_start(const capacity_curve& curve, const ticket& t, time_point now) {
  const auto latest = add(curve.reaches(t.begin), depth);
  const auto takes = pace_of(curve.speed).time_for(t.left());
  auto next = state_->next_start.load(std::memory_order_relaxed);
  time_point start;
  do {
    start = std::max(std::min(to_time(next), latest), now - lateness);
  } while (!state_->next_start.compare_exchange_weak(next, to_nanoseconds(add(start, takes))));
  return start;
}

ticket budget::grab(std::uint64_t bytes, time_point now, duration credit) {
  const auto curve = this->curve();
  forget_old_credit(curve, now, std::min<duration>(credit, depth));
  ticket taken;
  taken.begin = state_->issued.fetch_add(bytes);
  taken.end = taken.begin + bytes;
  taken.generation = curve.generation;
  taken.not_before = curve.speed.is_limited() ? next_start(curve, taken, now) : time_point::min();
  return taken;
}

time_point budget::due(const capacity_curve& curve, const ticket& t, std::uint64_t bytes) {
  if (curve.speed.is_paused()) return time_point::max();
  const auto passed = curve.reaches(t.begin + bytes);
  return curve.generation == t.generation ? std::max(passed, t.not_before) : passed;
}

void budget::give_back(ticket& t) {
  const auto curve = this->curve();
  auto last = t.end;
  const bool was_last = state_->issued.compare_exchange_strong(last, t.begin);
  if (was_last && curve.generation == t.generation && curve.speed.is_limited()) {
    state_->next_start.fetch_sub(pace_of(curve.speed).time_for(t.left()).count());
  }
  t.begin = t.end;
}

std::int64_t budget::debt(time_point now) const {
  const auto curve = this->curve();
  if (curve.speed.is_unlimited()) return 0;
  return static_cast<std::int64_t>(state_->issued.load() - curve.at(now));
}

}  // namespace mgc::shaper
