// Decisions of a node that hears a Primary.

#include <gtest/gtest.h>

#include "made_up_nodes.hpp"

namespace mgc::test {
namespace {

const std::string how_to_replace =
    "; to give this node's data up for the cluster's, start it once with allow_data_replace=1";

TEST(DecisionWithAPrimary, AnEmptyNodeJoins) {
  EXPECT_EQ(decided(hears(fresh(1), {primary(2, 100)})), "joins 2: node2 is Primary");
}

TEST(DecisionWithAPrimary, ANodeWithDataOfItsPastJoins) {
  EXPECT_EQ(decided(hears(stopped(1, 80), {primary(2, 100)})), "joins 2: node2 is Primary");
  EXPECT_EQ(decided(hears(crashed(1, 100), {primary(2, 100)})), "joins 2: node2 is Primary");
  EXPECT_EQ(decided(hears(crashed_within_ddl(1, 80), {primary(2, 100)})), "joins 2: node2 is Primary");
}

TEST(DecisionWithAPrimary, WhatAnAbortedTransferLeftIsNoObstacle) {
  EXPECT_EQ(decided(hears(aborted(1), {primary(2, 100)})), "joins 2: node2 is Primary");
}

TEST(DecisionWithAPrimary, OthersNeedNotAnswer) {
  EXPECT_EQ(decided(hears(fresh(1), {starting(stopped(2, 90)), primary(3, 100)})),
            "joins 3: node3 is Primary");
}

TEST(DecisionWithAPrimary, AnOrderToBootstrapDoesNotMakeASecondOne) {
  auto known = hears(stopped(1, 80), {primary(2, 100)});
  known.force = true;
  EXPECT_EQ(decided(known), "joins 2: node2 is Primary");
}

TEST(DecisionWithAPrimary, OfAClusterWithAnotherNameNobodyJoins) {
  auto foreign = primary(2, 100);
  foreign.cluster_name = "invoices";
  auto known = hears(fresh(1), {foreign});
  known.allow_data_replace = true;
  EXPECT_EQ(decided(known),
            "hopeless: node2 is Primary in 'invoices', this node is configured for 'orders': make "
            "cluster_name equal");
}

// ---- the guard of this node's data

TEST(DecisionWithAPrimary, PlainDataIsNotReplaced) {
  EXPECT_EQ(decided(hears(plain(1), {primary(2, 100)})),
            "hopeless: node2 is Primary, but the data here has never been in a cluster" + how_to_replace);
}

TEST(DecisionWithAPrimary, DataOfAnotherHistoryIsNotReplaced) {
  auto mine = stopped(1, 80);
  mine.data.history = another;
  EXPECT_EQ(decided(hears(mine, {primary(2, 100)})),
            "hopeless: node2 is Primary, but the data here is of another history: a07he7 here, 0rde75 there" +
                how_to_replace);
}

TEST(DecisionWithAPrimary, DataAheadOfAMemberThatHasCaughtUpIsNotReplaced) {
  EXPECT_EQ(decided(hears(crashed(1, 101), {primary(2, 100)})),
            "hopeless: node2 is Primary, but the data here is ahead of the cluster's: 101 here, 100 there" +
                how_to_replace);
}

TEST(DecisionWithAPrimary, DataAheadOfAMemberThatHasNotCaughtUpWaitsForIt) {
  auto behind = primary(2, 100);
  behind.caught_up = false;
  auto known = hears(crashed(1, 101), {behind});
  const auto* const expected =
      "waits for 2: node2 is Primary, and has not yet come to the position that is here (101; there 100)";
  EXPECT_EQ(decided(known), expected);
  known.allow_data_replace = true;
  EXPECT_EQ(decided(known), expected);
}

// What the member said may be older than the end of the server here.
TEST(DecisionWithAPrimary, ANodeThatIsStillCountedInWaitsUntilTheGroupHasNoticed) {
  for (const auto position : {seqno{99}, seqno{101}}) {
    auto known = hears(crashed(1, position), {primary(2, 100)});
    known.counted_in = true;
    EXPECT_EQ(decided(known),
              "waits for 2: node2 is Primary, and its group has not yet noticed that this node's last server "
              "ended");
  }
}

TEST(DecisionWithAPrimary, DataOfAnEpochThatTheClusterWasNotInIsNotReplaced) {
  auto mine = stopped(1, 80);
  mine.epochs.push_back({2, "ballot-2", 50});
  auto theirs = primary(2, 100);
  theirs.epochs.push_back({3, "ballot-3", 50});
  EXPECT_EQ(decided(hears(mine, {theirs})),
            "hopeless: node2 is Primary, but the data here (80) has transactions that the cluster's does not "
            "have, though their UUID is the same" +
                how_to_replace);
}

TEST(DecisionWithAPrimary, AnEpochNotNotedYetIsNoObstacle) {
  auto mine = stopped(1, 80);
  mine.noted_at = 40;
  auto theirs = primary(2, 100);
  theirs.epochs.push_back({2, "ballot-2", 50});
  EXPECT_EQ(decided(hears(mine, {theirs})), "joins 2: node2 is Primary");
}

TEST(DecisionWithAPrimary, DataWhoseHistoryIsLostIsNotReplaced) {
  auto mine = crashed_within_ddl(1, no_seqno);
  mine.data.history.clear();
  EXPECT_EQ(decided(hears(mine, {primary(2, 100)})),
            "hopeless: node2 is Primary, but the data here is of a history that cannot be told any more" +
                how_to_replace);
}

TEST(DecisionWithAPrimary, TheOperatorMayGiveDataUp) {
  auto known = hears(plain(1), {primary(2, 100)});
  known.allow_data_replace = true;
  EXPECT_EQ(decided(known),
            "joins 2, replaced: the data here has never been in a cluster; allow_data_replace is set");
}

TEST(DecisionWithAPrimary, LeaveToGiveDataUpIsNotUsedWithoutNeed) {
  auto known = hears(stopped(1, 80), {primary(2, 100)});
  known.allow_data_replace = true;
  EXPECT_EQ(decided(known), "joins 2: node2 is Primary");
}

// ---- several, and of two kinds

TEST(DecisionWithAPrimary, TheMostAdvancedMemberSaysHowFarTheClusterIs) {
  EXPECT_EQ(decided(hears(crashed(1, 80), {primary(2, 50), primary(3, 100)})), "joins 3: node3 is Primary");
  EXPECT_EQ(decided(hears(crashed(1, 80), {primary(2, 100), primary(3, 50)})), "joins 2: node2 is Primary");
}

TEST(DecisionWithAPrimary, TheMemberOfTheNewestEpochIsMoreAdvancedThanOneThatIsFurther) {
  auto younger = primary(3, 90);
  younger.epochs.push_back({2, "ballot-2", 50});
  EXPECT_EQ(decided(hears(fresh(1), {primary(2, 100), younger})), "joins 3: node3 is Primary");
}

TEST(DecisionWithAPrimary, TwoOfDifferentHistoriesAreLeftToTheOperator) {
  auto wrong = primary(3, 100);
  wrong.data.history = another;
  EXPECT_EQ(
      decided(hears(fresh(1), {primary(2, 100), wrong})),
      "hopeless: node2 and node3 are both Primary with different histories: stop the one that is wrong");
}

TEST(DecisionWithAPrimary, TwoOfDivergedEpochsAreLeftToTheOperator) {
  auto one = primary(2, 100);
  one.epochs.push_back({2, "ballot-2", 50});
  auto other = primary(3, 100);
  other.epochs.push_back({2, "another ballot", 50});
  auto known = hears(fresh(1), {one, other});
  known.allow_data_replace = true;
  EXPECT_EQ(
      decided(known),
      "hopeless: node2 and node3 are both Primary with different histories: stop the one that is wrong");
}

// ---- this server runs, cut off

TEST(DecisionWithAPrimary, AServerThatIsCutOffIsLeftToFindBack) {
  EXPECT_EQ(decided(hears(cut_off(1, 80), {primary(2, 100)})),
            "waits for 2: node2 is Primary; this server is about to find back");
}

TEST(DecisionWithAPrimary, AServerThatDoesNotFindBackStandsDown) {
  auto known = hears(cut_off(1, 80), {primary(2, 100)});
  known.cut_off_for_long = true;
  EXPECT_EQ(decided(known), "stands down: node2 is Primary and this server did not find back by itself");
}

}  // namespace
}  // namespace mgc::test
