#include "proxy/redo_guard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/unit/random_source.hpp"

namespace mgc::proxy {
namespace {

using namespace std::chrono_literals;
using shaper::rate;
using testing::HasSubstr;

constexpr double kilobyte = 1024;
constexpr double megabyte = 1024 * kilobyte;
constexpr std::uint64_t log_size = 96 * 1024 * 1024;
constexpr auto limit = rate::kilobytes_per_second(6000);

redo_sample sample(int second, double written, double copied) {
  redo_sample s;
  s.at = shaper::time_point{1000s} + std::chrono::seconds{second};
  s.lsn_current = static_cast<std::uint64_t>(written * megabyte);
  s.lsn_copied = static_cast<std::uint64_t>(copied * megabyte);
  s.capacity = log_size;
  s.limit = limit;
  return s;
}

TEST(RedoGuard, AsksForNothingWithoutRedo) {
  redo_guard guard;
  for (int i = 0; i < 100; ++i) {
    const auto demand = guard.look(sample(i, 1000, 1000));
    EXPECT_FALSE(demand.is_raised());
    EXPECT_EQ(demand.reason, "");
  }
}

TEST(RedoGuard, AsksForNothingWhileTheLagIsSmall) {
  redo_guard guard;
  for (int i = 0; i < 100; ++i)
    EXPECT_FALSE(guard.look(sample(i, 1000 + 4 * i, 970 + 4 * i)).is_raised()) << i;
}

TEST(RedoGuard, RaisesWhenHalfTheCapacityIsNearAndSaysWhy) {
  redo_guard guard;
  (void)guard.look(sample(0, 1000, 1000));
  EXPECT_FALSE(guard.look(sample(9, 1036, 1000)).is_raised());
  const auto demand = guard.look(sample(10, 1040, 1000));
  EXPECT_EQ(demand.at_least, rate::kilobytes_per_second(13'000));
  EXPECT_EQ(demand.reason, "redo at 4.0 MB/s, margin 56 MB of 96 MB: raised to 13000 KB/s");
}

TEST(RedoGuard, AsksForMoreTheLessRoomThereIsAndAtLastForNoLimit) {
  redo_guard guard;
  (void)guard.look(sample(0, 1000, 1000));
  auto before = rate::paused();
  for (int i = 10; i < 17; ++i) {
    const auto demand = guard.look(sample(i, 1000 + 4 * i, 1000));
    EXPECT_GE(demand.at_least, before) << i;
    before = demand.at_least;
  }
  EXPECT_TRUE(before.is_unlimited());
  EXPECT_EQ(guard.look(sample(18, 1072, 1000)).reason,
            "redo at 4.0 MB/s, margin 24 MB of 96 MB: limit lifted");
}

TEST(RedoGuard, GivesBackOnlyWhenTheLagIsSmallAgain) {
  redo_guard guard;
  (void)guard.look(sample(0, 1000, 1000));
  EXPECT_TRUE(guard.look(sample(10, 1040, 1000)).is_raised());
  EXPECT_TRUE(guard.look(sample(11, 1044, 1020)).is_raised()) << "a lag of 24";
  EXPECT_FALSE(guard.look(sample(12, 1048, 1040)).is_raised()) << "a lag of 8";
  EXPECT_FALSE(guard.look(sample(13, 1052, 1028)).is_raised()) << "it is not raised by what keeps it raised";
}

TEST(RedoGuard, HoldsALimitThatIsHighEnough) {
  redo_guard guard;
  auto s = sample(0, 1000, 1000);
  s.limit = rate::kilobytes_per_second(13'000);
  (void)guard.look(s);
  s.at += 10s;
  s.lsn_current += 40 * 1024 * 1024;
  EXPECT_FALSE(guard.look(s).is_raised());
  s.limit = rate::unlimited();
  s.lsn_current += 100 * 1024 * 1024;
  EXPECT_FALSE(guard.look(s).is_raised());
}

TEST(RedoGuard, HoldsAPauseUntilThereIsDanger) {
  redo_guard guard;
  for (int i = 0; i < 20; ++i) {
    auto s = sample(i, 1000 + 4 * i, 1000);
    s.limit = rate::paused();
    EXPECT_EQ(guard.look(s).is_raised(), i >= 10) << i;
  }
}

TEST(RedoGuard, NeedsMoreForMoreThreads) {
  rate before;
  for (const unsigned threads : {0U, 1U, 2U, 8U}) {
    redo_guard guard{threads};
    (void)guard.look(sample(0, 1000, 1000));
    const auto demand = guard.look(sample(10, 1040, 1000));
    EXPECT_GE(demand.at_least, before) << threads;
    before = demand.at_least;
  }
  EXPECT_GT(before, rate::kilobytes_per_second(50'000));
}

TEST(RedoGuard, BearsWhatCannotBe) {
  redo_guard guard;
  auto s = sample(0, 1000, 2000);
  EXPECT_FALSE(guard.look(s).is_raised()) << "copied beyond the present";
  EXPECT_FALSE(guard.look(s).is_raised()) << "no time between two samples";
  EXPECT_FALSE(guard.look(sample(1, 0, 0)).is_raised()) << "a server that began anew";
  s = sample(2, 5000, 0);
  s.capacity = 0;
  EXPECT_FALSE(guard.look(s).is_raised()) << "a capacity that is not known";
}

TEST(RedoGuard, StaysShortEnoughForAStage) {
  redo_guard guard{64};
  auto s = sample(0, 0, 0);
  s.capacity = 512ULL << 30;
  (void)guard.look(s);
  s.at += 100s;
  s.lsn_current = 300ULL << 30;
  const auto demand = guard.look(s);
  EXPECT_TRUE(demand.is_raised());
  EXPECT_LE(demand.reason.size(), 79U) << demand.reason;
}

TEST(RedoGuard, WithoutACopiedPositionTakesTheCheckpointAndAShareOfTheStream) {
  redo_guard guard;
  auto s = sample(0, 1000, 0);
  s.lsn_copied.reset();
  s.lsn_last_checkpoint = 990 * 1024 * 1024;
  EXPECT_FALSE(guard.look(s).is_raised());
  for (int i = 0; i < 100; ++i) {  // half of the stream is as much as the redo
    s.at += 1s;
    s.lsn_current += 2 * 1024 * 1024;
    s.stream_bytes += 4 * 1024 * 1024;
    ASSERT_FALSE(guard.look(s).is_raised()) << i;
  }
  int seconds = 0;
  do {  // and now a quarter
    s.at += 1s;
    s.lsn_current += 2 * 1024 * 1024;
    s.stream_bytes += 1024 * 1024;
    ASSERT_LT(++seconds, 100);
  } while (!guard.look(s).is_raised());
  EXPECT_NEAR(seconds, (44 - 10) / 1.5, 2);
}

TEST(RedoGuard, WithoutACopiedPositionSeesAnOldCheckpoint) {
  redo_guard guard;
  auto s = sample(0, 1000, 0);
  s.lsn_copied.reset();
  s.lsn_last_checkpoint = 920 * 1024 * 1024;
  EXPECT_TRUE(guard.look(s).at_least.is_unlimited());
}

// A server that writes redo, and mariadb-backup with some data threads and one for the redo, which take turns to put 10
// MiB into a stream that runs at the rate given. `unfair`: the data threads go so many times before it is its turn.
struct model {
  double redo_speed;  // bytes per second
  double capacity;
  double link;
  unsigned threads;
  unsigned unfair;

  static constexpr double chunk = 10 * megabyte;
  static constexpr double step = 0.05;  // seconds

  double current = 5e9;
  double copied = current;
  double reported = current;
  double buffered = 0;        // of the redo thread
  bool redo_waits = false;    // with a full buffer: it reads nothing
  unsigned turns_before = 0;  // of others, until it may write
  double writing = chunk;     // left of the chunk that is being written
  bool is_redo = false;       // whose chunk that is
  double stream = 0;

  bool overrun() const { return current - copied > capacity; }

  void run(rate in_force) {
    current += redo_speed * step;
    auto budget =
        step * (in_force.is_unlimited() ? link : std::min(link, static_cast<double>(in_force.count())));
    stream += budget;
    while (budget > 0) {
      read_redo();
      const auto moved = std::min(budget, writing);
      budget -= moved;
      writing -= moved;
      if (writing > 0) break;
      if (is_redo) {
        buffered = 0;
        redo_waits = false;
      } else if (redo_waits && turns_before > 0) {
        --turns_before;
      }
      is_redo = redo_waits && turns_before == 0;
      writing = chunk;
    }
    read_redo();
  }

  void read_redo() {
    if (redo_waits) return;
    const auto now = std::min(current - copied, chunk - buffered);
    copied += now;
    buffered += now;
    reported = copied;
    if (buffered < chunk) return;
    redo_waits = true;
    turns_before = threads * unfair;
  }
};

struct backup_outcome {
  bool overrun = false;
  bool raised = false;
  double highest_lag = 0;
};

backup_outcome back_up(model m, rate at, double seconds, bool knows_copied = true) {
  redo_guard guard{m.threads};
  backup_outcome seen;
  auto in_force = at;
  const auto steps = static_cast<int>(seconds / model::step);
  for (int i = 0; i < steps && !seen.overrun; ++i) {
    if (i % static_cast<int>(1 / model::step) == 0) {
      redo_sample s;
      s.at = shaper::time_point{1000s} + std::chrono::milliseconds{50} * i;
      s.lsn_current = static_cast<std::uint64_t>(m.current);
      s.lsn_last_checkpoint = static_cast<std::uint64_t>(m.current);
      s.capacity = static_cast<std::uint64_t>(m.capacity);
      if (knows_copied) s.lsn_copied = static_cast<std::uint64_t>(m.reported);
      s.stream_bytes = static_cast<std::uint64_t>(m.stream);
      s.limit = at;
      const auto demand = guard.look(s);
      in_force = std::max(at, demand.at_least);
      seen.raised = seen.raised || demand.is_raised();
    }
    m.run(in_force);
    seen.highest_lag = std::max(seen.highest_lag, m.current - m.copied);
    seen.overrun = m.overrun();
  }
  return seen;
}

// Without the guard the model does what mariadb-backup does: it fails.
TEST(RedoGuardModel, IsOverrunWithoutTheGuard) {
  model m{4 * megabyte, 96 * megabyte, 100 * megabyte, 1, 1};
  double seconds = 0;
  for (; !m.overrun() && seconds < 600; seconds += model::step) m.run(limit);
  EXPECT_LT(seconds, 300);
}

TEST(RedoGuardModel, IsNeverOverrunWhenTheLinkIsFastEnough) {
  test::random_source random;
  int raised = 0;
  for (std::uint64_t round = 0; round < 500; ++round) {
    auto draw = random.round(round);
    const auto unfair = static_cast<unsigned>(draw.between(1, 2));
    const auto threads = static_cast<unsigned>(draw.between(1, 8));
    const auto capacity = static_cast<double>(draw.magnitude_between(96, 8192)) * megabyte;
    // At most what fills the log in 15 s, and what leaves room for one turn of each.
    const auto most_redo = std::min(capacity / 15, 100 * megabyte);
    const auto redo =
        static_cast<double>(draw.magnitude_between(1024, static_cast<std::uint64_t>(most_redo)));
    const auto turns = (threads * unfair + 2) * model::chunk;
    const auto link = std::max(1.5 * redo * (threads * unfair + 1), turns * redo / (0.2 * capacity)) +
                      static_cast<double>(draw.magnitude_between(1, 1 << 30));
    const auto at =
        draw.one_in(10) ? rate::paused() : rate::bytes_per_second(draw.magnitude_between(1024, 100 << 20));
    const auto seen = back_up({redo, capacity, link, threads, unfair}, at, 900);
    raised += seen.raised ? 1 : 0;
    ASSERT_FALSE(seen.overrun) << "round " << round << ": redo " << redo / megabyte << ", capacity "
                               << capacity / megabyte << ", link " << link / megabyte << ", threads "
                               << threads << ", unfair " << unfair << ", limit " << to_string(at);
  }
  EXPECT_GT(raised, 100) << "else nothing was tested";
  EXPECT_LT(raised, 400);
}

TEST(RedoGuardModel, KeepsTheLimitExactlyWhenItSuffices) {
  test::random_source random;
  for (std::uint64_t round = 0; round < 500; ++round) {
    auto draw = random.round(round);
    const auto threads = static_cast<unsigned>(draw.between(1, 8));
    const auto capacity = static_cast<double>(draw.magnitude_between(96, 8192)) * megabyte;
    const auto at = static_cast<double>(draw.magnitude_between(1 << 20, 100 << 20));
    // The share of the redo thread is enough, and what piles up until its turn is a third of the capacity.
    const auto turns = (threads + 2) * model::chunk;
    const auto most_redo = std::min({at / (threads + 2), capacity / 3 / (turns / at), capacity / 30});
    const auto redo =
        static_cast<double>(draw.magnitude_between(1024, static_cast<std::uint64_t>(most_redo)));
    const auto seen = back_up({redo, capacity, 1e9, threads, 1},
                              rate::bytes_per_second(static_cast<std::uint64_t>(at)), 600);
    ASSERT_FALSE(seen.raised || seen.overrun)
        << "round " << round << ": redo " << redo / megabyte << ", capacity " << capacity / megabyte
        << ", threads " << threads << ", limit " << at / megabyte << ", lag " << seen.highest_lag / megabyte;
  }
}

TEST(RedoGuardModel, IsNotOverrunWithoutACopiedPositionEither) {
  for (const double redo : {0.5, 2.0, 4.0, 6.0}) {
    const auto seen = back_up({redo * megabyte, 96 * megabyte, 200 * megabyte, 2, 1},
                              rate::kilobytes_per_second(2000), 900, false);
    EXPECT_FALSE(seen.overrun) << redo;
    EXPECT_EQ(seen.raised, redo > 0.6) << redo;
  }
}

}  // namespace
}  // namespace mgc::proxy
