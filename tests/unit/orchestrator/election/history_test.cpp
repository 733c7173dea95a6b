#include "orchestrator/election/history.hpp"

#include <gtest/gtest.h>

namespace mgc::orchestrator {
namespace {

const epoch first{1, "one", 0};
const epoch second{2, "two", 100};
const epoch other_second{2, "another two", 100};
const epoch third{3, "three", 200};

TEST(History, ContinuesWhereTheLineagesAreEqual) {
  EXPECT_TRUE(continues({first, second}, {first, second}, 500, 500));
}

TEST(History, ContinuesByTheSeqnosAloneWhereNothingIsKnownOfOneSide) {
  EXPECT_TRUE(continues({}, {first, second}, 500, 500));
  EXPECT_TRUE(continues({first, second}, {}, 500, 500));
  EXPECT_TRUE(continues({}, {}, 500, 500));
}

TEST(History, ContinuesInEpochsThatBeganAfterWhatIsHere) {
  EXPECT_TRUE(continues({first, second}, {first}, 99, 99));
  EXPECT_TRUE(continues({first, second}, {first}, 100, 100));
}

TEST(History, DoesNotContinueDataBeyondTheBeginningOfAnEpochThatItWasNotIn) {
  EXPECT_FALSE(continues({first, second}, {first}, 101, 101));
}

TEST(History, CountsAnUnknownEpochOnlyAgainstWhatCameBeforeTheLineageWasNoted) {
  EXPECT_TRUE(continues({first, second}, {first}, 150, 80));
  EXPECT_FALSE(continues({first, second}, {first}, 150, 120));
}

TEST(History, DoesNotContinueAnEpochThatTheClusterNeverHad) {
  EXPECT_FALSE(continues({first}, {first, second}, 101, 101));
  EXPECT_FALSE(continues({first, second}, {first, other_second}, 150, 150));
}

TEST(History, ContinuesAnEpochOfOursInWhichNothingWasWritten) {
  EXPECT_TRUE(continues({first}, {first, second}, 100, 100));
}

TEST(History, CountsAnEpochOfOursEvenAfterTheLineageWasNoted) {
  EXPECT_FALSE(continues({first}, {first, second}, 150, 80));
}

TEST(History, DoesNotMissEpochsThatTheOtherSideIsTooYoungToRemember) {
  EXPECT_TRUE(continues({second, third}, {first, second, third}, 300, 300));
  EXPECT_TRUE(continues({first, second, third}, {third}, 300, 300));
}

TEST(History, DivergesWhereAnEpochIsMissingBetweenTwoThatAreThere) {
  EXPECT_TRUE(diverge({first, second, third}, {first, third}));
  EXPECT_TRUE(diverge({first, third}, {first, second, third}));
  EXPECT_TRUE(diverge({first, second}, {first, other_second}));
}

TEST(History, DoesNotDivergeFromItsOwnFuture) {
  EXPECT_FALSE(diverge({first}, {first, second, third}));
  EXPECT_FALSE(diverge({first, second, third}, {second, third}));
  EXPECT_FALSE(diverge({}, {first}));
  EXPECT_FALSE(diverge({first}, {}));
}

TEST(History, KnowsTheNumberOfTheNewestEpoch) {
  EXPECT_EQ(newest({}), 0U);
  EXPECT_EQ(newest({first, third}), 3U);
}

}  // namespace
}  // namespace mgc::orchestrator
