#include "shaper/pacing.hpp"

#include <gtest/gtest.h>

namespace mgc::shaper {
namespace {

using namespace std::chrono_literals;

constexpr auto usual = rate::kilobytes_per_second(6000);
constexpr std::size_t ethernet = 1448;

TEST(Pacing, APieceIsFiveMillisecondsOrTwentyFiveForTheKernelToSpread) {
  EXPECT_EQ(quantum(usual, evenness::by_quanta), 30'720U);
  EXPECT_EQ(quantum(usual, evenness::at_source), 30'720U);
  EXPECT_EQ(quantum(rate::kilobytes_per_second(1000), evenness::by_kernel), 25'600U);
}

TEST(Pacing, PiecesStayBetweenHalfAKilobyteAndAPipe) {
  for (const auto how : {evenness::by_quanta, evenness::by_kernel, evenness::at_source}) {
    EXPECT_EQ(quantum(rate::kilobytes_per_second(1), how), 512U);
    EXPECT_EQ(quantum(rate::paused(), how), 512U);
    EXPECT_EQ(quantum(rate::unlimited(), how), 1024U * 1024);
    EXPECT_LE(quantum(rate::bytes_per_second(rate::highest), how), 1024U * 1024);
  }
}

TEST(Pacing, ASlowStreamIsStillSmallPiecesOfASecond) {
  EXPECT_LE(quantum(rate::kilobytes_per_second(64), evenness::by_quanta), 655U);
}

TEST(Pacing, OnlyWhatTcpSpreadsInRecordsIsHandedOverEarly) {
  EXPECT_EQ(lead(usual, evenness::by_quanta), 0s);
  EXPECT_EQ(lead(usual, evenness::at_source), 0s);
  EXPECT_EQ(lead(rate::unlimited(), evenness::by_kernel), 0s);
  EXPECT_EQ(lead(rate::bytes_per_second(1 << 30), evenness::by_kernel), 0s);
  EXPECT_GT(lead(usual, evenness::by_kernel), 30ms);
  EXPECT_LT(lead(usual, evenness::by_kernel), 50ms);
}

TEST(Pacing, AnUnlimitedSocketIsNotTold) {
  EXPECT_EQ(pace_kernel(rate::unlimited(), ethernet, 0, false), kernel_pacing{});
}

TEST(Pacing, RecordsAreAMillisecondInWholeSegments) {
  EXPECT_EQ(pace_kernel(usual, ethernet, 0, false).record, 4 * ethernet);
  EXPECT_EQ(pace_kernel(usual, 65'483, 0, false).record, 6144U);
  EXPECT_EQ(pace_kernel(rate::kilobytes_per_second(64), ethernet, 0, false).record, 512U);
  EXPECT_EQ(pace_kernel(rate::bytes_per_second(1 << 30), ethernet, 0, false).record, 0U);
}

TEST(Pacing, TheKernelIsTrimmedTowardsItsReserve) {
  const auto pace = [](duration unsent, bool full) {
    const auto told = pace_kernel(usual, ethernet, usual.bytes_in(unsent), full);
    return static_cast<double>(told.bytes_per_second) / static_cast<double>(usual.count());
  };
  EXPECT_NEAR(pace(17ms, false), 1.000, 0.002);
  EXPECT_NEAR(pace(0ms, false), 0.995, 0.001);
  EXPECT_NEAR(pace(27ms, false), 1.010, 0.002);
  EXPECT_NEAR(pace(10s, false), 1.050, 0.001);
  EXPECT_GE(pace(0ms, true), 1.019);
}

TEST(Pacing, ThePiecesOfALimitFitTheSendBufferAskedFor) {
  for (const auto kilobytes : {64U, 1000U, 6000U, 30'000U}) {
    const auto limit = rate::kilobytes_per_second(kilobytes);
    const auto told = pace_kernel(limit, ethernet, 0, false);
    EXPECT_GE(told.send_buffer, 2 * limit.bytes_in(lead(limit, evenness::by_kernel)));
    EXPECT_GE(told.unsent, limit.bytes_in(lead(limit, evenness::by_kernel)));
  }
}

TEST(Pacing, AFillIsFiftyMillisecondsOrAPieceWhereThatMatters) {
  constexpr std::size_t pipe = 1024 * 1024;
  EXPECT_EQ(fill_size(usual, evenness::by_quanta, pipe), 307'200U);
  EXPECT_EQ(fill_size(usual, evenness::at_source, pipe), 30'720U);
  EXPECT_EQ(fill_size(rate::unlimited(), evenness::by_kernel, pipe), pipe);
  EXPECT_EQ(fill_size(usual, evenness::by_quanta, 4096), 4096U);
}

}  // namespace
}  // namespace mgc::shaper
