#include "shaper/budget.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "tests/unit/race.hpp"

namespace mgc::shaper {
namespace {

using namespace std::chrono_literals;

constexpr time_point start{24h};
constexpr auto megabyte = rate::bytes_per_second(1'000'000);  // per second: a byte per microsecond
constexpr auto never = time_point::max();

// A budget with a limit from `start` on.
struct Budget : testing::Test {
  Budget() { tokens.set_limit(megabyte, start); }

  // When a grab of `bytes` at `now` may move in full.
  time_point due(std::uint64_t bytes, time_point now) { return tokens.due(tokens.grab(bytes, now), bytes); }

  budget_state state;
  budget tokens{state};
};

TEST_F(Budget, IsPausedWhenItIsFresh) {
  budget_state fresh;
  budget b{fresh};
  EXPECT_TRUE(b.limit().is_paused());
  EXPECT_EQ(b.due(b.grab(1, start), 1), never);
}

TEST_F(Budget, LetsATicketMoveWhenTheCurveHasPassedIt) {
  const auto t = tokens.grab(500'000, start);
  EXPECT_EQ(tokens.due(t, 500'000), start + 500ms);
  EXPECT_EQ(tokens.due(t, 200'000), start + 200ms) << "a part of it may move earlier";
}

TEST_F(Budget, ServesInTheOrderOfTheGrabs) {
  const auto first = tokens.grab(300'000, start);
  const auto second = tokens.grab(1, start);
  EXPECT_EQ(second.begin, first.end);
  EXPECT_EQ(tokens.due(first, 300'000), start + 300ms);
  EXPECT_EQ(tokens.due(second, 1), start + 300'001us);
}

TEST_F(Budget, KeepsTheCreditOfAShortStall) {
  EXPECT_EQ(due(300'000, start + 100ms), start + 300ms);
  EXPECT_EQ(tokens.debt(start + 100ms), 200'000);
}

TEST_F(Budget, ForgetsCreditBeyondItsDepth) {
  for (const duration stall : {duration{1s}, duration{10min}, duration{24h * 90}}) {
    budget_state state_of_stall;
    budget b{state_of_stall};
    b.set_limit(megabyte, start);
    const auto now = start + stall;
    EXPECT_EQ(b.due(b.grab(1'000'000, now), 1'000'000), now + 1s - budget::depth);
  }
}

TEST_F(Budget, GivesABeginnerNoneOfTheCreditThatItDidNotEarn) {
  const auto now = start + 10min;
  const auto first = tokens.grab(1000, now, 0s);
  EXPECT_EQ(tokens.due(first, 1000), now + 1ms);
  EXPECT_EQ(due(1000, now), now + 2ms);
}

TEST_F(Budget, GivesNobodyMoreCreditThanItsDepth) {
  const auto now = start + 10min;
  const auto greedy = tokens.grab(1'000'000, now, 1h);
  EXPECT_EQ(tokens.due(greedy, 1'000'000), now + 1s - budget::depth);
}

TEST_F(Budget, SpendsCreditOnlyALittleAboveTheRate) {
  const auto now = start + 10min;
  const auto one_second_later = now + 1s;
  std::uint64_t moved = 0;
  while (due(1000, now) <= one_second_later) moved += 1000;
  const auto most = 1'050'000 + 1'050 + 1000;  // 1/20 above, the lateness allowed for one wake-up, one ticket
  EXPECT_LE(moved, most);
  EXPECT_GE(moved, 1'049'000U);
}

TEST_F(Budget, MakesALatenessOfAMillisecondGoodAtOnce) {
  due(10'000, start);
  const auto woken = start + 10'900us;
  EXPECT_LE(due(10'000, woken), start + 20ms) << "as if it had been woken in time";
}

TEST_F(Budget, KeepsDebtAcrossARateChange) {
  const auto t = tokens.grab(1'000'000, start);
  tokens.set_limit(rate::bytes_per_second(100'000), start + 500ms);
  EXPECT_EQ(tokens.debt(start + 500ms), 500'000);
  EXPECT_EQ(tokens.due(t, 1'000'000), start + 5500ms);
  tokens.set_limit(megabyte, start + 1500ms);
  EXPECT_EQ(tokens.due(t, 1'000'000), start + 1900ms);
}

TEST_F(Budget, KeepsCreditInBytesAcrossARateChange) {
  tokens.set_limit(rate::bytes_per_second(2'000'000), start + 100ms);
  EXPECT_EQ(tokens.debt(start + 100ms), -100'000);
  EXPECT_EQ(due(300'000, start + 100ms), start + 200ms);
}

// Ten minutes of silence at 1 KB/s are worth 256 bytes; at 1 GB/s the same silence must not turn out to be
// 600 KB.
TEST_F(Budget, GivesNoMoreCreditThanTheDepthOfTheOldLimitAtARateChange) {
  for (const auto next :
       {rate::bytes_per_second(1'000'000'000), rate::paused(), rate::kilobytes_per_second(1)}) {
    tokens.set_limit(rate::bytes_per_second(1024), start);
    tokens.set_limit(next, start + 10min);
    EXPECT_GE(tokens.debt(start + 10min), -256) << to_string(next);
  }
}

TEST_F(Budget, MovesNothingWhilePausedEvenWithCredit) {
  const auto before = tokens.grab(1000, start + 100ms);
  tokens.set_limit(rate::paused(), start + 100ms);
  const auto after = tokens.grab(1000, start + 100ms);
  EXPECT_EQ(tokens.due(before, 1), never);
  EXPECT_EQ(tokens.due(after, 1), never);
}

TEST_F(Budget, GoesOnWhereItWasPaused) {
  const auto t = tokens.grab(1'000'000, start);
  tokens.set_limit(rate::paused(), start + 400ms);
  tokens.set_limit(megabyte, start + 10h);
  EXPECT_EQ(tokens.due(t, 1'000'000), start + 10h + 600ms) << "a pause neither forgives nor gives";
}

TEST_F(Budget, AsksForNoTokensWhileUnlimited) {
  const auto before = tokens.grab(1'000'000'000, start);
  tokens.set_limit(rate::unlimited(), start + 1s);
  EXPECT_LE(tokens.due(before, before.left()), start);
  EXPECT_LE(due(1'000'000'000, start + 1s), start);
  EXPECT_EQ(tokens.debt(start + 1s), 0);
}

TEST_F(Budget, BeginsWithNeitherDebtNorCreditAfterUnlimited) {
  tokens.set_limit(rate::unlimited(), start);
  due(1'000'000'000, start + 1s);
  tokens.set_limit(megabyte, start + 2h);
  EXPECT_EQ(tokens.debt(start + 2h), 0);
  EXPECT_EQ(due(1000, start + 2h), start + 2h + 1ms);
}

TEST_F(Budget, TakesBackTheLastTicket) {
  auto t = tokens.grab(900'000, start);
  t.begin += 400'000;  // moved
  tokens.give_back(t);
  EXPECT_EQ(t.left(), 0U);
  EXPECT_EQ(due(100'000, start), start + 500ms);
}

TEST_F(Budget, LosesAGivenBackTicketThatOthersQueueBehind) {
  auto first = tokens.grab(900'000, start);
  const auto second = tokens.grab(100'000, start);
  tokens.give_back(first);
  EXPECT_EQ(tokens.due(second, 100'000), start + 1s) << "nobody gets the same bytes of the curve twice";
}

// A thousand connections that are cut with a ticket each must not silence those that go on.
TEST_F(Budget, HoldsNobodyUpForTicketsThatWereGivenBack) {
  const auto now = start + 10s;
  for (int i = 0; i < 1000; ++i) {
    auto t = tokens.grab(10'000, now);
    tokens.give_back(t);
  }
  EXPECT_LE(due(1000, now), now);
}

TEST_F(Budget, RestartKeepsTheLimitAndForgetsDebtAndCredit) {
  for (const std::uint64_t grabbed : {std::uint64_t{0}, std::uint64_t{1} << 40}) {
    tokens.grab(grabbed, start);
    const auto reboot = start - 23h;
    tokens.restart(reboot);
    EXPECT_EQ(tokens.limit(), megabyte);
    EXPECT_EQ(tokens.debt(reboot), 0);
    EXPECT_EQ(due(1000, reboot), reboot + 1ms);
    tokens.set_limit(megabyte, start);
  }
}

TEST_F(Budget, GivesNothingForAClockThatGoesBack) {
  const auto now = start + 1s;
  EXPECT_EQ(due(1'250'000, now), now + 1s);
  for (int i = 1; i <= 100; ++i) tokens.set_limit(megabyte, now - i * 1ms);
  EXPECT_EQ(tokens.debt(now), 1'000'000);
  EXPECT_EQ(due(1000, now - 100ms), now + 1001ms);
}

TEST_F(Budget, HasNoTroubleWithHugeGrabs) {
  constexpr auto huge = std::uint64_t{1} << 60;
  EXPECT_EQ(due(huge, start), never);
  EXPECT_EQ(due(huge, start), never);
  tokens.set_limit(rate::bytes_per_second(rate::highest), start);
  const auto t = tokens.grab(huge, start);
  EXPECT_GT(tokens.due(t, huge), start + 3 * 24h);
  EXPECT_LT(tokens.due(t, huge), start + 100 * 24h);
}

TEST_F(Budget, KeepsTheOldLimitWhenItsPublisherDiesHalfWay) {
  const auto generation = tokens.generation();
  auto& unpublished = state.segments[(generation + 1) % 2];
  unpublished.capacity = 1 << 30;
  unpublished.bytes_per_second = rate::highest;
  EXPECT_EQ(tokens.limit(), megabyte);
  EXPECT_EQ(tokens.debt(start), 0);
  tokens.set_limit(rate::kilobytes_per_second(5), start);
  EXPECT_EQ(tokens.limit(), rate::kilobytes_per_second(5));
  EXPECT_EQ(tokens.debt(start), 0);
}

// A process may be killed, or overtaken by a rate change, between its two steps of a grab.
TEST_F(Budget, GetsOverAPaceThatWasLeftAstray) {
  const auto now = start + 1min;
  state.next_start = std::chrono::nanoseconds{start.time_since_epoch() + 1h}.count();
  EXPECT_LE(due(1000, now), now + budget::depth);
  EXPECT_LE(due(1000, now), now + budget::depth + 1ms);
}

TEST(CapacityCurve, ReachesEachByteAsSoonAsItIsThere) {
  const capacity_curve curve{1, 5000, start, rate::bytes_per_second(3)};
  for (std::uint64_t bytes = 5001; bytes < 5100; ++bytes) {
    EXPECT_GE(curve.at(curve.reaches(bytes)), bytes);
    EXPECT_LT(curve.at(curve.reaches(bytes) - 1ns), bytes);
  }
}

TEST(CapacityCurve, StandsStillWhilePaused) {
  const capacity_curve curve{1, 5000, start, rate::paused()};
  EXPECT_EQ(curve.at(start + 24h * 365), 5000U);
  EXPECT_EQ(curve.reaches(5001), never);
}

// Under the thread sanitizer these also show that the structure needs no lock.

constexpr std::size_t thread_count = 4;

TEST_F(Budget, GivesThreadsDisjointRangesWithoutGaps) {
  constexpr std::size_t grabs = 50'000;
  std::vector<std::vector<ticket>> taken(thread_count);
  test::race_threads(thread_count, [&](std::size_t me) {
    for (std::size_t i = 0; i < grabs; ++i) {
      taken[me].push_back(tokens.grab(1 + i % 7, start + std::chrono::microseconds{i}));
    }
  });
  std::vector<ticket> all;
  for (const auto& mine : taken) {
    EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end(), [](auto& a, auto& b) { return a.begin < b.begin; }));
    all.insert(all.end(), mine.begin(), mine.end());
  }
  std::sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.begin < b.begin; });
  EXPECT_EQ(all.front().begin, 0U);
  for (std::size_t i = 1; i < all.size(); ++i) ASSERT_EQ(all[i].begin, all[i - 1].end);
}

TEST_F(Budget, GivesThreadsWithCreditNoRangeTwice) {
  constexpr std::size_t grabs = 50'000;
  std::vector<std::vector<ticket>> taken(thread_count);
  std::atomic<int> clock{0};
  test::race_threads(thread_count, [&](std::size_t me) {
    for (std::size_t i = 0; i < grabs; ++i) {
      auto& mine = taken[me];
      mine.push_back(tokens.grab(100, start + clock++ / 4 * 10ms));  // some find credit to be forgotten
      if (i % 3 == 0) tokens.give_back(mine.back());
    }
  });
  std::vector<ticket> all;
  for (const auto& mine : taken) {
    std::copy_if(mine.begin(), mine.end(), std::back_inserter(all), [](auto& t) { return t.left() > 0; });
  }
  std::sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.begin < b.begin; });
  for (std::size_t i = 1; i < all.size(); ++i) ASSERT_GE(all[i].begin, all[i - 1].end);
}

// Every limit below was published with one time and one capacity: a reader that saw a mixture would not see
// such three.
TEST_F(Budget, ShowsThreadsNoMixtureOfTwoLimits) {
  tokens.set_limit(rate::paused(), start);
  std::atomic<bool> stop{false};
  test::race_threads(thread_count, [&](std::size_t me) {
    for (int i = 1; me == 0 && i <= 500'000; ++i) {
      tokens.set_limit(rate::bytes_per_second(static_cast<std::uint64_t>(i)), start + i * 1s);
    }
    if (me == 0) stop = true;
    while (!stop) {
      const auto curve = tokens.curve();
      const auto n = curve.speed.count();
      ASSERT_EQ(curve.since, start + std::chrono::seconds{n});
      ASSERT_EQ(curve.capacity, n * (n - 1) / 2);  // 1 + 2 + ... of a second each
    }
  });
}

}  // namespace
}  // namespace mgc::shaper
