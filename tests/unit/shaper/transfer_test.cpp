#include "shaper/transfer.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace mgc::shaper {
namespace {

using namespace std::chrono_literals;

constexpr time_point start{1h};

duration waited(const transfer_figures& figures, holder h) {
  return figures.waited[static_cast<std::size_t>(h)];
}

TEST(TransferRecord, StartsWithNothing) {
  const transfer_record record;
  EXPECT_EQ(record.bytes(), 0U);
  EXPECT_EQ(record.held_by(), holder::nothing);
  for (const auto time : record.figures(start).waited) EXPECT_EQ(time, 0ns);
}

TEST(TransferRecord, AddsUpBytesAndWaitsByHolder) {
  transfer_record record;
  record.moved(1000);
  record.moved(24);
  record.waited(holder::tokens, start, start + 3s);
  record.waited(holder::sink, start + 3s, start + 4s);
  record.waited(holder::tokens, start + 4s, start + 6s);
  const auto figures = record.figures(start + 7s);
  EXPECT_EQ(figures.bytes, 1024U);
  EXPECT_EQ(waited(figures, holder::tokens), 5s);
  EXPECT_EQ(waited(figures, holder::sink), 1s);
  EXPECT_EQ(waited(figures, holder::source), 0s);
}

// A source that is silent for an hour is seen to be the reason during that hour, not only after it.
TEST(TransferRecord, CountsTheWaitThatIsGoingOn) {
  transfer_record record;
  record.waits_for(holder::source, start);
  EXPECT_EQ(record.held_by(), holder::source);
  EXPECT_EQ(waited(record.figures(start + 10min), holder::source), 10min);
  EXPECT_EQ(waited(record.figures(start + 20min), holder::source), 20min);
  record.waited(holder::source, start, start + 20min);
  EXPECT_EQ(record.held_by(), holder::nothing);
  EXPECT_EQ(waited(record.figures(start + 30min), holder::source), 20min);
}

TEST(TransferRecord, IsNotConfusedByAClockThatIsBehind) {
  transfer_record record;
  record.waits_for(holder::sink, start);
  EXPECT_EQ(waited(record.figures(start - 1s), holder::sink), 0s);
}

TEST(TransferRecord, ForgetsEverythingWhenCleared) {
  transfer_record record;
  record.moved(1);
  record.waited(holder::pause, start, start + 1s);
  record.waits_for(holder::sink, start);
  record.clear();
  EXPECT_EQ(record.bytes(), 0U);
  EXPECT_EQ(record.held_by(), holder::nothing);
  for (const auto time : record.figures(start + 1h).waited) EXPECT_EQ(time, 0s);
}

TEST(TransferRecord, TakesTheSumsOfSeveralThreads) {
  transfer_record record;
  std::vector<std::thread> movers;
  for (int i = 0; i < 4; ++i) {
    movers.emplace_back([&] {
      for (int k = 0; k < 10'000; ++k) {
        record.waits_for(holder::tokens, start);
        record.waited(holder::tokens, start, start + 1us);
        record.moved(3);
      }
    });
  }
  for (auto& mover : movers) mover.join();
  EXPECT_EQ(record.bytes(), 120'000U);
  EXPECT_EQ(waited(record.figures(start), holder::tokens), 40ms);
}

TEST(Holder, HasANameThatFitsHeldBackBy) {
  EXPECT_EQ(to_string(holder::tokens), "the limit");
  EXPECT_EQ(to_string(holder::source), "the source");
  EXPECT_EQ(to_string(holder::sink), "the sink");
  EXPECT_EQ(to_string(holder::pause), "the pause");
}

}  // namespace
}  // namespace mgc::shaper
