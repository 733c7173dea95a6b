#include "proxy/progress_log.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/random_source.hpp"

namespace mgc::proxy {
namespace {

constexpr std::uint64_t mb = 1024 * 1024;
constexpr auto greatest = std::numeric_limits<std::uint64_t>::max();

TEST(ExpectedOnTheWire, IsUnknownWhereTheTotalIs) {
  EXPECT_EQ(expected_on_the_wire(0, 0, 0), 0);
  EXPECT_EQ(expected_on_the_wire(0, 100 * mb, 40 * mb), 0);
}

TEST(ExpectedOnTheWire, IsTheTotalBeforeThereIsAnythingToJudgeBy) {
  EXPECT_EQ(expected_on_the_wire(500 * mb, 0, 0), 500 * mb);
  EXPECT_EQ(expected_on_the_wire(500 * mb, mb - 1, 100), 500 * mb);
}

TEST(ExpectedOnTheWire, GoesOnAsItDid) {
  EXPECT_EQ(expected_on_the_wire(100 * mb, 10 * mb, 10 * mb), 100 * mb);
  EXPECT_EQ(expected_on_the_wire(100 * mb, 10 * mb, 4 * mb), 40 * mb);
  EXPECT_EQ(expected_on_the_wire(100 * mb, 50 * mb, 51 * mb), 102 * mb);
}

TEST(ExpectedOnTheWire, IsWhatWasMovedWhereMoreCameThanWasExpected) {
  EXPECT_EQ(expected_on_the_wire(100 * mb, 100 * mb, 60 * mb), 60 * mb);
  EXPECT_EQ(expected_on_the_wire(100 * mb, 130 * mb, 70 * mb), 70 * mb);
}

TEST(ExpectedOnTheWire, TakesAnyTotalOfAPeer) {
  EXPECT_EQ(expected_on_the_wire(greatest, 2 * mb, 3 * mb), greatest);
  EXPECT_EQ(expected_on_the_wire(greatest, mb, mb + 100), greatest);
  EXPECT_LT(expected_on_the_wire(greatest, 2 * mb, mb), greatest / 2 + greatest / 1000);
}

TEST(ExpectedOnTheWire, IsNeverLessThanWhatWasMoved) {
  test::random_source random;
  for (int round = 0; round < 10'000; ++round) {
    const auto total = random.magnitude_between(1, greatest);
    const auto data = random.magnitude_between(mb, greatest);
    const auto wire = random.magnitude_between(1, greatest);
    EXPECT_GE(expected_on_the_wire(total, data, wire), wire) << total << ' ' << data << ' ' << wire;
  }
}

}  // namespace
}  // namespace mgc::proxy
