// Decisions about a cluster that was there and has no Primary any more: who is the most advanced, and by what proof.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "made_up_nodes.hpp"

namespace mgc::test {
namespace {

const std::string full_proof = "all nodes have answered and node1 is the most advanced (0rde75:100)";
const std::string so_far = "node1 is the most advanced of those who answered (0rde75:100)";
const std::string ask = "; if that is all there will ever be: 'mgc bootstrap --force' on node1";

node_report with_view(node_report report, std::vector<std::string> members, bool applied = true) {
  report.data.kind = data_kind::crashed;
  report.data.view = recorded_view{fmt::format("run-{}", report.node), std::move(members), 7, 1, applied};
  return report;
}

node_report in_epoch(node_report report, std::uint64_t number) {
  report.epochs.push_back({number, fmt::format("ballot-{}", number), 50});
  report.newest_epoch = number;
  return report;
}

// ---- everybody has answered

TEST(DecisionToFoundAgain, TheMostAdvancedFoundsWhenAllHaveAnswered) {
  EXPECT_EQ(decided(hears(stopped(1, 100), {crashed(2, 90), stopped(3, 80)})),
            "founds with 1, 2, 3: " + full_proof);
  EXPECT_EQ(decided(hears(stopped(3, 80), {crashed(2, 90), stopped(1, 100)})),
            "waits for 1: " + full_proof + ": it founds the cluster");
}

TEST(DecisionToFoundAgain, TheLowestNumberFoundsAmongEquals) {
  EXPECT_EQ(decided(hears(stopped(1, 100), {stopped(3, 100), stopped(2, 100)})),
            "founds with 1, 2, 3: " + full_proof);
}

TEST(DecisionToFoundAgain, TheNewestEpochFoundsAmongEqualPositions) {
  EXPECT_EQ(decided(hears(stopped(1, 50), {in_epoch(stopped(2, 50), 2), stopped(3, 50)})),
            "waits for 2: all nodes have answered and node2 is the most advanced (0rde75:50): it founds the "
            "cluster");
}

TEST(DecisionToFoundAgain, WhoIsCertainOfItsEpochsFoundsAmongEquals) {
  auto uncertain = stopped(1, 100);
  uncertain.epochs.clear();
  EXPECT_EQ(decided(hears(uncertain, {stopped(2, 100), emptied(3)})),
            "hopeless: node2 is the most advanced of those who answered (0rde75:100), and it may lack "
            "transactions; node3 was a member, and its disk is empty; if that is all there will ever be: "
            "'mgc bootstrap --force' on node2");
}

TEST(DecisionToFoundAgain, ARunningServerFoundsAmongEquals) {
  EXPECT_EQ(decided(hears(stopped(1, 100), {cut_off(2, 100), stopped(3, 100)})),
            "waits for 2: all nodes have answered and node2 is the most advanced (0rde75:100): it founds the "
            "cluster");
}

TEST(DecisionToFoundAgain, NodesWithoutDataNeverFound) {
  EXPECT_EQ(decided(hears(fresh(2), {aborted(1), stopped(3, 100)})),
            "waits for 3: all nodes have answered and node3 is the most advanced (0rde75:100): it founds the "
            "cluster");
}

TEST(DecisionToFoundAgain, DifferentHistoriesAreLeftToTheOperator) {
  auto foreign = stopped(2, 90);
  foreign.data.history = another;
  EXPECT_EQ(decided(hears(stopped(1, 100), {foreign, stopped(3, 80)})),
            "hopeless: node1 has 0rde75:100, node2 has a07he7:90: these are different histories. Move away "
            "the data of those that are wrong, or 'mgc bootstrap --force' on one that is right");
}

TEST(DecisionToFoundAgain, EpochsThatWereFoundedApartAreLeftToTheOperator) {
  EXPECT_EQ(decided(hears(in_epoch(stopped(1, 100), 2), {in_epoch(stopped(2, 90), 3), stopped(3, 40)})),
            "hopeless: node1 (100) and node2 (90) were bootstrapped apart from each other: 'mgc bootstrap "
            "--force' on the one that is right");
}

// ---- who answered and may be ahead nevertheless

TEST(DecisionToFoundAgain, AMemberWhoseDiskIsEmptyMayHaveBeenAhead) {
  EXPECT_EQ(decided(hears(stopped(1, 100), {stopped(2, 90), emptied(3)})),
            "hopeless: " + so_far +
                ", and it may lack transactions; node3 was a member, and its disk is empty" + ask);
}

TEST(DecisionToFoundAgain, AMemberThatHasLostItsMemoryToIsNotUntouchedByItsOwnWord) {
  auto replaced = fresh(3);
  replaced.memory = "a new one";
  EXPECT_EQ(decided(hears(stopped(1, 100), {stopped(2, 90), replaced})),
            "hopeless: " + so_far +
                ", and it may lack transactions; node3 was a member, and its disk is empty" + ask);
}

TEST(DecisionToFoundAgain, ANodeThatOnlyAnnouncedItselfAndNeverHeldDataCannotBeAhead) {
  EXPECT_EQ(decided(hears(stopped(1, 100), {stopped(2, 90), fresh(3)})),
            "founds with 1, 2, 3: " + full_proof);
}

TEST(DecisionToFoundAgain, AnEmptyNodeThatNobodyKnowsAsAMemberCannotBeAhead) {
  auto alone = stopped(1, 100);
  auto other = stopped(2, 90);
  alone.companions = other.companions = {{1, memory_of(1)}, {2, memory_of(2)}};
  EXPECT_EQ(decided(hears(alone, {other, emptied(3)})), "founds with 1, 2, 3: " + full_proof);
}

TEST(DecisionToFoundAgain, AMemberThatIsNotConfiguredMayBeAhead) {
  auto mine = stopped(1, 100);
  mine.companions[unlisted] = "";
  EXPECT_EQ(
      decided(hears(mine, {stopped(2, 90), stopped(3, 80)})),
      "hopeless: " + so_far +
          ", and it may lack transactions; somebody was a member, and is not one of the configured nodes" +
          ask);
}

TEST(DecisionToFoundAgain, ACrashWithinDdlBeyondTheOthersMayBeAhead) {
  EXPECT_EQ(decided(hears(stopped(1, 100), {stopped(2, 90), crashed_within_ddl(3, 101)})),
            "hopeless: " + so_far +
                ", and it may lack transactions; node3 crashed within DDL, perhaps ahead of the others" +
                ask);
}

TEST(DecisionToFoundAgain, ACrashWithinDdlBehindTheOthersCannotBeAhead) {
  EXPECT_EQ(decided(hears(stopped(1, 100), {stopped(2, 90), crashed_within_ddl(3, 100)})),
            "founds with 1, 2, 3: " + full_proof);
}

// ---- not everybody has answered

TEST(DecisionToFoundAgain, WhoWasNotHeardMayBeAhead) {
  EXPECT_EQ(decided(hears(stopped(1, 100), {stopped(2, 90)})),
            "waits for 3: " + so_far + ", but node3 may be ahead" + ask);
}

TEST(DecisionToFoundAgain, DoubtsAreNamedBesideWhoWasNotHeard) {
  EXPECT_EQ(
      decided(hears(stopped(1, 100), {emptied(2)})),
      "waits for 3: " + so_far + ", but node3 may be ahead; node2 was a member, and its disk is empty" + ask);
}

TEST(DecisionToFoundAgain, LessThanAMajorityNeverFounds) {
  EXPECT_EQ(decided(hears(last_one(stopped(1, 100)))),
            "waits for 2, 3: " + so_far + ", but too few of the nodes did: node2, node3 have to answer");
}

TEST(DecisionToFoundAgain, HalfIsNotAMajority) {
  auto known = hears(last_one(stopped(1, 100)), {stopped(2, 90)});
  known.cluster = {1, 2, 3, 4};
  EXPECT_TRUE(std::holds_alternative<wait>(decide(known)));
  known.cluster = {1, 2, 3};
  EXPECT_TRUE(std::holds_alternative<bootstrap>(decide(known)));
}

TEST(DecisionToFoundAgain, TheLastOneFoundsWithAMajority) {
  const auto* const proof = "node1 was the last one in the cluster (0rde75:100)";
  EXPECT_EQ(decided(hears(last_one(stopped(1, 100)), {stopped(2, 90)})),
            fmt::format("founds with 1, 2: {}", proof));
  EXPECT_EQ(decided(hears(stopped(2, 90), {last_one(stopped(1, 100))})),
            fmt::format("waits for 1: {}: it founds the cluster", proof));
}

TEST(DecisionToFoundAgain, TheLastOneOfAnEpochThatWasFollowedByAnotherProvesNothing) {
  auto knows_better = stopped(2, 90);
  knows_better.newest_epoch = 2;
  EXPECT_EQ(decided(hears(last_one(stopped(1, 100)), {knows_better})),
            "waits for 3: " + so_far + ", but node3 may be ahead" + ask);
}

TEST(DecisionToFoundAgain, TheLastOneProvesNothingBesideACrashWithinDdl) {
  EXPECT_EQ(decided(hears(last_one(stopped(1, 100)), {crashed_within_ddl(2, 101)})),
            "waits for 3: " + so_far +
                ", but node3 may be ahead; node2 crashed within DDL, perhaps ahead of the others" + ask);
}

// ---- the newest view

const std::vector<std::string> view_of_two{"run-1", "run-2"};

TEST(DecisionToFoundAgain, AllMembersOfTheNewestViewAreProofEnough) {
  EXPECT_EQ(decided(hears(with_view(stopped(1, 100), view_of_two), {with_view(stopped(2, 90), view_of_two)})),
            "founds with 1, 2: all members of the last Primary component have answered and node1 is the most "
            "advanced (0rde75:100)");
}

TEST(DecisionToFoundAgain, OneMemberThatHasAppliedTheNewestViewIsEnough) {
  const auto applied = with_view(stopped(2, 90), view_of_two);
  const auto not_applied = with_view(stopped(1, 100), view_of_two, false);
  EXPECT_TRUE(std::holds_alternative<bootstrap>(decide(hears(not_applied, {applied}))));
}

TEST(DecisionToFoundAgain, AViewThatNobodyHasAppliedProvesNothing) {
  EXPECT_EQ(decided(hears(with_view(stopped(1, 100), view_of_two, false),
                          {with_view(stopped(2, 90), view_of_two, false)})),
            "waits for 3: " + so_far + ", but node3 may be ahead" + ask);
}

TEST(DecisionToFoundAgain, AViewWhoseMemberIsMissingProvesNothing) {
  const std::vector<std::string> all{"run-1", "run-2", "run-3"};
  EXPECT_EQ(decided(hears(with_view(stopped(1, 100), all), {with_view(stopped(2, 90), all)})),
            "waits for 3: " + so_far + ", but node3 may be ahead" + ask);
}

TEST(DecisionToFoundAgain, AnOlderViewProvesNothingWhereANewerOneIsIncomplete) {
  auto younger = with_view(stopped(2, 90), {"run-2", "run-3"});
  younger.data.view->number = 8;
  EXPECT_EQ(decided(hears(with_view(stopped(1, 100), {"run-1"}), {younger})),
            "waits for 3: " + so_far + ", but node3 may be ahead" + ask);
}

TEST(DecisionToFoundAgain, AViewOfAnEpochThatWasFollowedByAnotherProvesNothing) {
  auto knows_better = with_view(stopped(2, 90), view_of_two);
  knows_better.newest_epoch = 2;
  EXPECT_EQ(decided(hears(with_view(stopped(1, 100), view_of_two), {knows_better})),
            "waits for 3: " + so_far + ", but node3 may be ahead" + ask);
}

TEST(DecisionToFoundAgain, TheAgeOfAViewIsItsEpochFirst) {
  auto known = hears(
      with_view(in_epoch(stopped(1, 100), 2), view_of_two),
      {with_view(in_epoch(stopped(2, 90), 2), view_of_two), with_view(stopped(3, 40), {"run-3", "run-4"})});
  known.cluster = {1, 2, 3, 4, 5};
  known.self.data.view->epoch = known.heard[0].data.view->epoch = 2;
  known.self.data.view->number = known.heard[0].data.view->number = 1;
  EXPECT_TRUE(std::holds_alternative<bootstrap>(decide(known)));
}

// ---- servers that run, cut off

TEST(DecisionToFoundAgain, AServerThatIsCutOffLeavesGaleraTimeToHeal) {
  const std::vector<node_report> others{cut_off(2, 90), cut_off(3, 80)};
  EXPECT_EQ(decided(hears(cut_off(1, 100), others)),
            "waits for : " + full_proof + "; Galera may yet heal by itself");
}

TEST(DecisionToFoundAgain, TheMostAdvancedServerHealsACutOffCluster) {
  auto known = hears(cut_off(1, 100), {stopped(2, 90), stopped(3, 80)});
  known.cut_off_for_long = true;
  EXPECT_EQ(decided(known), "founds with 1, 2, 3: " + full_proof);
}

TEST(DecisionToFoundAgain, ItWaitsForOtherServersToStopBecauseTheyMayFindBackByThemselves) {
  auto known = hears(cut_off(1, 100), {cut_off(2, 90), stopped(3, 80)});
  known.cut_off_for_long = true;
  EXPECT_EQ(decided(known), "waits for 2: " + full_proof + "; node2 is cut off, and stops its server first");
}

TEST(DecisionToFoundAgain, ACutOffServerStandsDownOnlyAfterAWhile) {
  for (const auto& ahead : {stopped(1, 100), cut_off(1, 100)}) {
    auto known = hears(cut_off(2, 90), {ahead, stopped(3, 80)});
    EXPECT_THAT(decided(known), testing::HasSubstr("Galera may yet heal by itself"));
    known.cut_off_for_long = true;
    EXPECT_EQ(decided(known), "stands down: " + full_proof + "; this server is cut off");
  }
}

}  // namespace
}  // namespace mgc::test
