// The laws of budget.hpp under random schedules, in virtual time: grabs of all sizes, contenders that wake
// late, limits that change, pauses, clocks that stand still or go back. The world below keeps its own books
// of what became due and of what the limits allowed; the laws compare the two.

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <ostream>
#include <vector>

#include "shaper/budget.hpp"
#include "tests/unit/random_source.hpp"

namespace mgc::shaper {
namespace {

using namespace std::chrono_literals;
using test::random_source;

// Bytes times nanoseconds, so that the books are exact at any rate.
__extension__ using exact_bytes = __int128;
constexpr exact_bytes one_byte = 1'000'000'000;

constexpr time_point start{24h};
constexpr std::uint64_t day = 86'400'000'000'000;  // nanoseconds

// The integral of the limits that were in force.
class allowance {
 public:
  void change(rate limit, time_point at) {
    if (!changes_.empty()) sum_ = until(at);
    changes_.push_back({at, limit, sum_});
  }

  exact_bytes between(time_point from, time_point to) const { return until(to) - until(from); }

 private:
  struct segment {
    time_point since;
    rate limit;
    exact_bytes before;
  };

  exact_bytes until(time_point t) const {
    auto after = std::upper_bound(changes_.begin(), changes_.end(), t,
                                  [](time_point at, const segment& s) { return at < s.since; });
    if (after == changes_.begin()) return 0;
    const auto& s = *--after;
    return s.before + exact_bytes{s.limit.is_limited() ? s.limit.count() : 0} * duration{t - s.since}.count();
  }

  std::vector<segment> changes_;
  exact_bytes sum_ = 0;
};

struct due_ticket {
  time_point at;
  std::uint64_t bytes = 0;
  std::uint64_t depth = 0;  // bytes, of the limit it was grabbed under
};

// Between two times without a limit.
struct limited_span {
  allowance allowed;
  std::vector<due_ticket> due;
  rate highest;
  int limit_changes = 0;

  // Times in which some ticket was always waiting.
  struct busy_time {
    time_point from;
    time_point to;
  };
  std::vector<busy_time> busy;
};

// A budget and everybody who uses it, with the books.
class world {
 public:
  explicit world(rate limit) { set_limit(limit, start); }
  world(const world&) = delete;

  void set_limit(rate limit, time_point now) {
    settle(now);
    tokens_.set_limit(limit, now);
    if (limit.is_unlimited()) {
      if (!waiting_.empty() && !spans_.empty()) spans_.back().busy.back().to = now;
      waiting_.clear();  // all of it may move now
    } else if (limited_since_change_) {
      note_limit(limit, now);
    } else {
      spans_.emplace_back();
      note_limit(limit, now);
    }
    limited_since_change_ = !limit.is_unlimited();
    auto before = exact_bytes{moved_last_};
    for (auto& w : waiting_) {
      w.from = std::max(w.from, now);
      before += exact_bytes{w.taken.left()};
      w.latest = latest(now, before);
    }
    expect_order();
  }

  ticket grab(std::uint64_t bytes, time_point seen, duration credit) {
    settle(seen);
    const auto taken = tokens_.grab(bytes, seen, credit);
    if (tokens_.limit().is_unlimited()) return taken;
    largest_ = std::max(largest_, bytes);
    if (waiting_.empty()) spans_.back().busy.push_back({seen, seen});
    waiting_.push_back({taken, seen, {}, depth_});
    auto before = exact_bytes{moved_last_};
    for (const auto& w : waiting_) before += exact_bytes{w.taken.left()};
    waiting_.back().latest = latest(seen, before);
    settle(seen);
    return taken;
  }

  // Only a ticket that is not due yet.
  void give_back(ticket& taken, time_point seen) {
    settle(seen);
    const auto mine = std::find_if(waiting_.begin(), waiting_.end(),
                                   [&](const waiting_ticket& w) { return w.taken.begin == taken.begin; });
    if (mine == waiting_.end()) return;
    tokens_.give_back(taken);
    waiting_.erase(mine);
  }

  // Books everything that has become due by now.
  void settle(time_point seen) {
    while (!waiting_.empty()) {
      auto& first = waiting_.front();
      const auto due = std::max(first.from, tokens_.due(first.taken, first.taken.left()));
      if (due > seen) break;
      auto& span = spans_.back();
      moved_last_ = first.taken.left();
      span.due.push_back({due, moved_last_, first.depth});
      span.busy.back().to = std::max(span.busy.back().to, due);
      if (!tokens_.limit().is_paused()) most_overdue_ = std::max(most_overdue_, duration{due - first.latest});
      waiting_.erase(waiting_.begin());
    }
    if (!waiting_.empty()) spans_.back().busy.back().to = std::max(spans_.back().busy.back().to, seen);
  }

  budget& tokens() { return tokens_; }
  const std::vector<limited_span>& spans() const { return spans_; }
  std::uint64_t largest_ticket() const { return largest_; }
  bool was_in_order() const { return in_order_; }

  // By how much somebody waited longer than it takes to move all that was waiting before, and what had just
  // moved.
  duration most_overdue() const { return most_overdue_; }

 private:
  struct waiting_ticket {
    ticket taken;
    time_point from;    // not due before: when it was grabbed, or the limit changed
    time_point latest;  // when it must be due, as long as the limit stays
    std::uint64_t depth;
  };

  void note_limit(rate limit, time_point now) {
    if (limit.is_limited()) depth_ = limit.bytes_in(budget::depth);  // a pause keeps the credit there was
    auto& span = spans_.back();
    span.allowed.change(limit, now);
    span.highest = std::max(span.highest, limit);
    ++span.limit_changes;
  }

  time_point latest(time_point now, exact_bytes bytes) const {
    const auto limit = tokens_.limit();
    if (!limit.is_limited()) return time_point::max();
    const auto longest = exact_bytes{duration{time_point::max() - now}.count()};
    const auto time = (bytes * one_byte + limit.count() - 1) / limit.count();
    return now + duration{static_cast<std::int64_t>(std::min(longest, time))};
  }

  void expect_order() {
    in_order_ = in_order_ && std::is_sorted(waiting_.begin(), waiting_.end(), [&](auto& a, auto& b) {
                  return tokens_.due(a.taken, a.taken.left()) < tokens_.due(b.taken, b.taken.left());
                });
  }

  budget_state state_;
  budget tokens_{state_};
  std::vector<limited_span> spans_;
  std::vector<waiting_ticket> waiting_;  // in the order of their grabs
  bool limited_since_change_ = false;
  std::uint64_t largest_ = 0;
  std::uint64_t moved_last_ = 0;
  std::uint64_t depth_ = 0;
  bool in_order_ = true;
  duration most_overdue_ = duration::min();
};

// Twice that at the highest rate is what 63 bits can count.
constexpr auto longest_life = 45 * day;

// What a schedule may contain.
struct conditions {
  rate limit;
  std::uint64_t contenders = 1;
  std::uint64_t least_grab = 1;
  std::uint64_t most_grab = 1;
  duration most_late{1};
  std::uint64_t limit_changes_one_in = 0;  // events; 0: never
  std::uint64_t idle_one_in = 0;           // moved tickets; 0: nobody is ever idle
  duration most_idle{1};
  duration clock_goes_back{0};  // by at most that; and sometimes it stands still
  bool gives_back = false;
  bool begins = false;  // some grabs are a transfer's first, which takes no credit

  friend std::ostream& operator<<(std::ostream& out, const conditions& c) {
    return out << c.limit.count() << " B/s, " << c.contenders << " contenders, grabs " << c.least_grab
               << " to " << c.most_grab << ", late " << c.most_late.count() << " ns, limit changes 1 in "
               << c.limit_changes_one_in << ", idle 1 in " << c.idle_one_in << " for " << c.most_idle.count()
               << " ns, clock back " << c.clock_goes_back.count() << " ns, gives back " << c.gives_back
               << ", begins " << c.begins;
  }
};

conditions draw_conditions(random_source& random) {
  conditions c;
  c.limit = rate::bytes_per_second(random.magnitude_between(1024, rate::highest));
  c.contenders = random.one_of(std::initializer_list<std::uint64_t>{1, 1, 2, 3, 8, 32});
  const auto ten_seconds = c.limit.bytes_in(10s);
  const auto quantum = std::max<std::uint64_t>(512, c.limit.bytes_in(5ms));
  switch (random.between(1, 4)) {
    case 1: c.least_grab = c.most_grab = quantum; break;
    case 2: c.most_grab = quantum; break;
    case 3: c.most_grab = 1024 * 1024; break;
    case 4:
      c.least_grab = c.most_grab = std::max<std::uint64_t>(1, ten_seconds / random.between(1, 100));
      break;
  }
  c.most_late = duration{random.magnitude_between(1, 2'000'000'000)};
  if (random.one_in(2)) c.limit_changes_one_in = random.magnitude_between(3, 300);
  if (random.one_in(2)) {
    c.idle_one_in = random.magnitude_between(1, 100);
    c.most_idle = duration{random.magnitude_between(1'000'000, longest_life)};
  }
  return c;
}

rate draw_limit(random_source& random, const conditions& c) {
  if (random.one_in(6)) return rate::paused();
  if (random.one_in(8)) return rate::unlimited();
  const auto near = c.limit.count();
  return rate::bytes_per_second(
      random.one_in(2) ? random.magnitude_between(1024, rate::highest)
                       : random.magnitude_between(std::max<std::uint64_t>(1024, near / 2), near * 2));
}

// A clock as its readers see it.
class uncertain_clock {
 public:
  uncertain_clock(random_source& random, duration goes_back) : random_{random}, goes_back_{goes_back} {}

  time_point read(time_point now) {
    if (goes_back_ == 0ns) return now;
    if (!random_.one_in(3))
      seen_ = now - duration{random_.between(0, static_cast<std::uint64_t>(goes_back_.count()))};
    return std::max(seen_, start);
  }

 private:
  random_source& random_;
  duration goes_back_;
  time_point seen_ = start;
};

// Contenders that each grab, wait, move, idle and grab again, as direction.hpp does.
void live(world& w, random_source& random, const conditions& c) {
  struct contender {
    time_point wakes = start;
    std::optional<ticket> holds;
  };
  uncertain_clock clock{random, c.clock_goes_back};
  std::vector<contender> contenders(c.contenders);
  const auto later = [&](duration most) {
    return duration{random.between(0, static_cast<std::uint64_t>(most.count()))};
  };

  for (int event = 0; event < 1500; ++event) {
    auto& next = *std::min_element(contenders.begin(), contenders.end(),
                                   [](const contender& a, const contender& b) { return a.wakes < b.wakes; });
    const auto now = next.wakes;
    const auto seen = clock.read(now);
    if (c.limit_changes_one_in != 0 && random.one_in(c.limit_changes_one_in))
      w.set_limit(draw_limit(random, c), now);
    if (c.gives_back && next.holds && random.one_in(10)) {
      w.give_back(*next.holds, seen);
      next.holds.reset();
    }
    if (!next.holds) {
      const auto credit = c.begins && random.one_in(5) ? duration{0} : duration{budget::depth};
      next.holds = w.grab(random.magnitude_between(c.least_grab, c.most_grab), seen, credit);
    }
    const auto due = w.tokens().due(*next.holds, next.holds->left());
    if (due <= seen) {
      next.holds.reset();
      next.wakes = now + 1us;  // moving takes a moment
      const bool may_idle = c.idle_one_in != 0 && now < start + duration{longest_life};
      if (may_idle && random.one_in(c.idle_one_in)) next.wakes += later(c.most_idle);
    } else {
      const bool far = due > now + 1h;
      next.wakes = std::max(now, far ? now + 20ms : due) + later(c.most_late);
    }
  }
  w.settle(std::max_element(contenders.begin(), contenders.end(), [](auto& a, auto& b) {
             return a.wakes < b.wakes;
           })->wakes);
}

constexpr int rounds = 200;

double in_bytes(exact_bytes b) { return static_cast<double>(b) / static_cast<double>(one_byte); }

// Times are whole nanoseconds, and a limit that changes starts from whole bytes.
exact_bytes rounding(const limited_span& span) {
  return exact_bytes{span.highest.count()} + one_byte * (1 + span.limit_changes);
}

// By how much more became due than `allowed` (a time's integral) and `credit` (of the window's first ticket)
// say, in the worst of all windows from one ticket to another.
template <class Allowed, class Credit>
exact_bytes worst_excess(const limited_span& span, Allowed allowed, Credit credit) {
  auto due = span.due;
  std::stable_sort(due.begin(), due.end(), [](auto& a, auto& b) { return a.at < b.at; });
  exact_bytes sum = 0;
  exact_bytes worst = 0;
  std::optional<exact_bytes> least_before;
  for (const auto& d : due) {
    const auto from_here = sum - allowed(d.at) + credit(d);
    least_before = std::min(from_here, least_before.value_or(from_here));
    sum += d.bytes * one_byte;
    worst = std::max(worst, sum - allowed(d.at) - *least_before);
  }
  return worst;
}

TEST(BudgetLaw, EveryWindowObeysTheLimit) {
  random_source all;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    auto random = all.round(round);
    auto c = draw_conditions(random);
    c.gives_back = random.one_in(3);
    c.begins = random.one_in(3);
    if (random.one_in(3)) c.clock_goes_back = duration{random.magnitude_between(1, 50'000'000)};
    world w{c.limit};
    live(w, random, c);
    for (const auto& span : w.spans()) {
      const auto excess = worst_excess(
          span, [&](time_point t) { return span.allowed.between(start, t); },
          [&](const due_ticket& d) { return d.depth * one_byte; });
      ASSERT_LE(in_bytes(excess), in_bytes(w.largest_ticket() * one_byte + rounding(span)))
          << "round " << round << ": " << c;
    }
  }
}

TEST(BudgetLaw, CreditIsSpentAtMostATwentiethAboveTheLimit) {
  random_source all;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    auto random = all.round(round);
    auto c = draw_conditions(random);
    c.limit_changes_one_in = 0;
    c.gives_back = random.one_in(3);
    c.begins = random.one_in(3);
    world w{c.limit};
    live(w, random, c);
    const auto& span = w.spans().front();
    const auto speed = c.limit.count() + c.limit.count() / budget::catch_up;
    const auto lateness = exact_bytes{speed} * duration{budget::lateness}.count();
    const auto excess = worst_excess(
        span, [&](time_point t) { return exact_bytes{speed} * duration{t - start}.count(); },
        [&](const due_ticket&) { return lateness; });
    ASSERT_LE(in_bytes(excess), in_bytes(w.largest_ticket() * one_byte + rounding(span)))
        << "round " << round << ": " << c;
  }
}

TEST(BudgetLaw, WhileSomebodyWaitsTheWholeLimitIsUsed) {
  random_source all;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    auto random = all.round(round);
    const auto c = draw_conditions(random);
    world w{c.limit};
    live(w, random, c);
    for (const auto& span : w.spans()) {
      auto due = span.due.begin();
      for (const auto& busy : span.busy) {
        exact_bytes moved = 0;
        for (; due != span.due.end() && due->at <= busy.to; ++due) {
          moved +=
              due->bytes * one_byte + span.highest.count();  // each may wait for the next whole nanosecond
        }
        const auto allowed = span.allowed.between(busy.from, busy.to);
        ASSERT_GE(in_bytes(moved + rounding(span) + w.largest_ticket() * one_byte), in_bytes(allowed))
            << "round " << round << ", " << duration{busy.to - busy.from}.count() << " ns: " << c;
      }
    }
  }
}

TEST(BudgetLaw, TicketsBecomeDueInTheOrderOfTheirGrabs) {
  random_source all;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    auto random = all.round(round);
    auto c = draw_conditions(random);
    c.gives_back = random.one_in(3);
    c.begins = random.one_in(3);
    world w{c.limit};
    live(w, random, c);
    ASSERT_TRUE(w.was_in_order()) << "round " << round << ": " << c;
  }
}

TEST(BudgetLaw, NobodyWaitsLongerThanThoseBeforeTake) {
  random_source all;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    auto random = all.round(round);
    const auto c = draw_conditions(random);
    world w{c.limit};
    live(w, random, c);
    ASSERT_LE(w.most_overdue(), 1us) << "round " << round << ": " << c;
  }
}

// One mover that is never idle, and what it moved.
struct steady_mover {
  explicit steady_mover(rate limit)
      : quantum{std::clamp<std::uint64_t>(limit.bytes_in(5ms), 512, 1024 * 1024)} {
    tokens.set_limit(limit, start);
  }

  // Moves one ticket, and is late for it by `late`.
  void move(duration late) {
    const auto taken = tokens.grab(quantum, now);
    lost += taken.begin - issued;
    issued = taken.end;
    const auto due = tokens.due(taken, quantum);
    if (due > now) now = due + late;
  }

  budget_state state;
  budget tokens{state};
  std::uint64_t quantum;
  time_point now = start;
  std::uint64_t issued = 0;
  std::uint64_t lost = 0;  // bytes of the curve that nobody got
};

TEST(BudgetLaw, WakingAMillisecondLateLosesNothing) {
  random_source all;
  for (std::uint64_t round = 0; round < 100; ++round) {
    auto random = all.round(round);
    steady_mover mover{rate::bytes_per_second(random.magnitude_between(1024, 1ULL << 34))};
    for (int moves = 0; moves < 10'000; ++moves) mover.move(duration{random.between(0, 1'000'000)});
    EXPECT_EQ(mover.lost, 0U) << to_string(mover.tokens.limit());
    EXPECT_LE(std::abs(mover.tokens.debt(mover.now)), mover.quantum + mover.tokens.limit().bytes_in(1ms))
        << to_string(mover.tokens.limit());
  }
}

// As long as stalls do not come faster than credit is spent, and none is longer than the depth.
TEST(BudgetLaw, WhatIsLostInAStallIsMovedAfterwards) {
  random_source all;
  for (std::uint64_t round = 0; round < 100; ++round) {
    auto random = all.round(round);
    steady_mover mover{rate::bytes_per_second(random.magnitude_between(512 * 1024, 1 << 30))};
    for (int stalls = 0; stalls < 20; ++stalls) {
      const duration stall{random.magnitude_between(1'000'000, 240'000'000)};
      mover.move(stall);
      const auto made_good = mover.now + stall * (budget::catch_up + 2);
      while (mover.now < made_good) mover.move(duration{0});
    }
    EXPECT_EQ(mover.lost, 0U) << to_string(mover.tokens.limit());
    EXPECT_LE(std::abs(mover.tokens.debt(mover.now)), mover.quantum) << to_string(mover.tokens.limit());
  }
}

TEST(BudgetLaw, AStallOfAnyLengthIsWorthTheDepthAtMost) {
  random_source all;
  for (std::uint64_t round = 0; round < 100; ++round) {
    auto random = all.round(round);
    const auto limit = rate::bytes_per_second(random.magnitude_between(1024, 1ULL << 34));
    steady_mover mover{limit};
    mover.move(duration{0});
    const auto silence = duration{random.magnitude_between(1'000'000'000, 60 * day)};
    const auto back = mover.now += silence;
    const auto before = mover.issued;
    mover.move(duration{0});
    const auto moved_since_back = [&] { return mover.issued - before - mover.lost; };
    while (mover.now < back + 10s) {
      mover.move(duration{0});
      ASSERT_LE(moved_since_back(), limit.bytes_in(mover.now - back + budget::depth) + 2 * mover.quantum)
          << to_string(limit) << " after " << silence.count() << " ns";
    }
    ASSERT_GE(moved_since_back(), limit.bytes_in(mover.now - back + budget::depth) - 3 * mover.quantum)
        << "and all of it is moved in the end";
  }
}

// The debt that a huge ticket makes is worked off at the limits in force, neither faster nor slower.
TEST(BudgetLaw, ChangesOfTheLimitForgiveNoDebt) {
  random_source all;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    auto random = all.round(round);
    const auto debt = exact_bytes{1} << 60;
    const int changes = static_cast<int>(random.between(1, 300));
    budget_state state;
    budget tokens{state};
    allowance allowed;
    auto now = start;
    tokens.set_limit(rate::paused(), now);
    tokens.grab(std::uint64_t{1} << 60, now);
    for (int i = 0; i < changes; ++i) {
      const auto limit =
          random.one_in(4) ? rate::paused() : rate::bytes_per_second(random.magnitude_between(1, 1 << 30));
      tokens.set_limit(limit, now);
      allowed.change(limit, now);
      now += duration{random.magnitude_between(1, 10'000'000'000)};
    }
    const auto left = debt * one_byte - allowed.between(start, now);
    ASSERT_NEAR(static_cast<double>(tokens.debt(now) - std::int64_t(left / one_byte)), 0, changes + 1);
  }
}

// Silence earns credit at the limit in force, up to that limit's depth; what comes after it adds nothing to
// that.
TEST(BudgetLaw, ChangesOfTheLimitGiveNoCredit) {
  random_source all;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    auto random = all.round(round);
    budget_state state;
    budget tokens{state};
    auto now = start;
    auto limit = rate::paused();
    std::uint64_t credit = 0;
    tokens.set_limit(limit, now);
    for (int i = 1; i < 100; ++i) {
      const duration silence{random.magnitude_between(1'000, day)};
      now += silence;
      if (limit.is_limited())
        credit = std::min(credit + limit.bytes_in(silence), limit.bytes_in(budget::depth));
      limit =
          random.one_in(4) ? rate::paused() : rate::bytes_per_second(random.magnitude_between(1, 1 << 30));
      tokens.set_limit(limit, now);
      ASSERT_LE(-tokens.debt(now), static_cast<std::int64_t>(credit))
          << "round " << round << ", change " << i;
      ASSERT_GE(-tokens.debt(now) + i, static_cast<std::int64_t>(credit))
          << "round " << round << ", change " << i;
    }
  }
}

}  // namespace
}  // namespace mgc::shaper
