#include "orchestrator/election/journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "made_up_journal.hpp"
#include "made_up_nodes.hpp"

namespace mgc::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

const lineage two_epochs{{1, "ballot-1", 0}, {2, "ballot-2", 50}};

// Of node1, a member of the first epoch with node2.
journal of_a_member() {
  auto memory = journal_of(1);
  became_member(memory, orders, first_epoch, 60, {{1, memory_of(1)}, {2, memory_of(2)}}, {});
  return memory;
}

node_report reported(const journal& memory, const local_data& data) {
  node_report report;
  fill_report(report, memory, data);
  return report;
}

local_data at(seqno position) { return data_of(data_kind::clean, orders, position); }

TEST(Journal, OfPlainDataKnowsOfNoCluster) {
  const auto fresh_one = new_journal("m", data_of(data_kind::plain), {1, 2, 3});
  EXPECT_FALSE(fresh_one.untouched);
  EXPECT_FALSE(fresh_one.uncertain);
  EXPECT_THAT(fresh_one.companions, IsEmpty());
}

TEST(Journal, OfAClustersDataHoldsEverybodyForAMember) {
  const auto fresh_one = new_journal("m", at(70), {1, 3});
  EXPECT_EQ(fresh_one.history, orders);
  EXPECT_TRUE(fresh_one.uncertain);
  EXPECT_EQ(fresh_one.companions, (companions_by_memory{{1, ""}, {3, ""}}));
}

// ---- a member

TEST(Journal, OfAMemberKnowsItsEpochsAndCompanions) {
  auto memory = made_up_journal();
  memory.history = orders;
  became_member(memory, orders, two_epochs, 60, {{1, "one"}, {2, "two"}}, {});
  EXPECT_EQ(memory.epochs, two_epochs);
  EXPECT_EQ(memory.noted_at, 60);
  EXPECT_EQ(memory.companions.at(1), "one");
  EXPECT_EQ(memory.companions.at(2), "two");
}

TEST(Journal, OfAMemberHasNothingOpenAnyMore) {
  auto memory = made_up_journal();
  became_member(memory, orders, first_epoch, 60, {{1, "one"}}, {});
  journal quiet;
  quiet.memory = memory.memory;
  quiet.history = orders;
  quiet.epochs = first_epoch;
  quiet.noted_at = 60;
  quiet.companions = {{1, "one"}};
  quiet.expected = memory.expected;
  quiet.applied = memory.applied;
  EXPECT_EQ(memory, quiet);
}

TEST(Journal, KeepsAMemberThatLeftUnseen) {
  auto memory = of_a_member();
  became_member(memory, orders, first_epoch, 70, {{1, memory_of(1)}, {3, memory_of(3)}}, {});
  EXPECT_EQ(memory.companions,
            (companions_by_memory{{1, memory_of(1)}, {2, memory_of(2)}, {3, memory_of(3)}}));
}

TEST(Journal, ForgetsAMemberThatIsDownByItsOwnWord) {
  auto memory = of_a_member();
  became_member(memory, orders, first_epoch, 70, {{1, memory_of(1)}}, {2});
  EXPECT_EQ(memory.companions, (companions_by_memory{{1, memory_of(1)}}));
}

TEST(Journal, KeepsAMemberWhoseWordThatItIsDownIsOlderThanTheView) {
  auto memory = of_a_member();
  became_member(memory, orders, first_epoch, 70, {{1, memory_of(1)}, {2, ""}}, {2});
  EXPECT_EQ(memory.companions.at(2), memory_of(2));
}

TEST(Journal, ForgetsAnUnlistedMemberThatHasGone) {
  auto memory = of_a_member();
  memory.companions[unlisted] = "";
  became_member(memory, orders, first_epoch, 70, {{1, memory_of(1)}}, {});
  EXPECT_FALSE(memory.companions.contains(unlisted));
  became_member(memory, orders, first_epoch, 70, {{1, memory_of(1)}, {unlisted, ""}}, {});
  EXPECT_TRUE(memory.companions.contains(unlisted));
}

TEST(Journal, KeepsTheIdentityOfAMemberThatIsNotSaidNow) {
  auto memory = of_a_member();
  became_member(memory, orders, first_epoch, 70, {{1, memory_of(1)}, {2, ""}}, {});
  EXPECT_EQ(memory.companions.at(2), memory_of(2));
}

TEST(Journal, ExpectsWhoAnnouncedItselfUntilItIsAMember) {
  auto memory = of_a_member();
  memory.expected = {{2, memory_of(2)}, {3, memory_of(3)}};
  became_member(memory, orders, first_epoch, 70, {{1, memory_of(1)}, {3, memory_of(3)}}, {});
  EXPECT_EQ(memory.expected, (companions_by_memory{{2, memory_of(2)}}));
}

TEST(Journal, RedeemsPledgesByTheirEpochAndYoungerOnesAlone) {
  auto memory = of_a_member();
  memory.pledges = {ballot_of(2, 1), ballot_of(3, 2), ballot_of(2, 3)};
  became_member(memory, orders, two_epochs, 70, {}, {});
  EXPECT_THAT(memory.pledges, ElementsAre(ballot_of(2, 3)));
}

TEST(Journal, ForgetsTheCompanionsAndPledgesOfAnotherHistory) {
  auto memory = of_a_member();
  memory.pledges = {ballot_of(2, 9)};
  became_member(memory, another, first_epoch, 5, {{1, memory_of(1)}}, {});
  EXPECT_EQ(memory.history, another);
  EXPECT_EQ(memory.companions, (companions_by_memory{{1, memory_of(1)}}));
  EXPECT_THAT(memory.pledges, IsEmpty());
}

// ---- about to start

TEST(Journal, AboutToJoinRemembersTheEpochThatItMayComeToBeIn) {
  auto memory = of_a_member();
  about_to_join(memory, 4, at(60));
  about_to_join(memory, 3, at(60));
  EXPECT_EQ(memory.joining, 4U);
  EXPECT_TRUE(memory.uncertain);
}

TEST(Journal, AboutToStartKeepsTheViewWithThePositionOfTheData) {
  const recorded_view view{"run-1", {"run-1"}, 7, 1, true};
  auto data = at(60);
  data.view = view;
  auto joining = of_a_member();
  about_to_join(joining, 1, data);
  EXPECT_THAT(joining.view, Optional(view));
  EXPECT_EQ(joining.view_position, 60);
  auto founding = of_a_member();
  about_to_bootstrap(founding, ballot_of(1, 2), data, false);
  EXPECT_THAT(founding.view, Optional(view));
  EXPECT_EQ(founding.view_position, 60);
}

TEST(Journal, AboutToStartForgetsAViewThatIsNotThereAnyMore) {
  auto memory = made_up_journal();
  about_to_join(memory, 1, at(60));
  EXPECT_EQ(memory.view, std::nullopt);
  EXPECT_EQ(memory.view_position, no_seqno);
}

TEST(Journal, AboutToBootstrapOpensAnEpochAtThePosition) {
  auto memory = of_a_member();
  about_to_bootstrap(memory, ballot_of(1, 2), at(60), false);
  EXPECT_EQ(opened_epochs(memory), (lineage{{1, "ballot-1", 0}, {2, "ballot-2", 60}}));
  EXPECT_EQ(memory.epochs, first_epoch);
}

TEST(Journal, AboutToBootstrapEndsThatThereNeverWasData) {
  auto memory = new_journal("m", {}, {1, 2, 3});
  about_to_bootstrap(memory, ballot_of(1, 1), {}, false);
  EXPECT_FALSE(memory.untouched);
}

TEST(Journal, RemembersThatItWroteThatItIsSafeToBootstrap) {
  auto memory = of_a_member();
  about_to_bootstrap(memory, ballot_of(1, 2), at(60), true);
  EXPECT_TRUE(memory.wrote_safe);
  about_to_bootstrap(memory, ballot_of(1, 3), last_one(stopped(1, 60)).data, false);
  EXPECT_TRUE(memory.wrote_safe);
}

TEST(Journal, DoesNotTakeGalerasOwnWordThatItIsSafeForItsWriting) {
  auto memory = of_a_member();
  about_to_bootstrap(memory, ballot_of(1, 2), last_one(stopped(1, 60)).data, true);
  EXPECT_FALSE(memory.wrote_safe);
}

TEST(Journal, AnOpenBallotThatWasNotBegunOpensNoEpoch) {
  auto memory = of_a_member();
  memory.campaign = ballot_of(1, 2);
  EXPECT_EQ(opened_epochs(memory), first_epoch);
  close_campaign(memory);
  EXPECT_EQ(memory.epochs, first_epoch);
  EXPECT_EQ(memory.campaign, std::nullopt);
}

TEST(Journal, AClosedCampaignThatWasBegunCountsAsAnEpoch) {
  auto memory = of_a_member();
  about_to_bootstrap(memory, ballot_of(1, 2), at(60), false);
  close_campaign(memory);
  EXPECT_EQ(memory.epochs, (lineage{{1, "ballot-1", 0}, {2, "ballot-2", 60}}));
  EXPECT_FALSE(memory.bootstrapping);
  EXPECT_EQ(memory.campaign, std::nullopt);
  EXPECT_EQ(memory.bootstrapped_at, no_seqno);
}

TEST(Journal, ForgetsTheOldestEpochWhenOneMoreIsOpened) {
  auto memory = of_a_member();
  memory.epochs.assign(longest_lineage, epoch{});
  memory.epochs.front().ballot = "the oldest one";
  about_to_bootstrap(memory, ballot_of(1, 2), at(60), false);
  const auto epochs = opened_epochs(memory);
  EXPECT_EQ(epochs.size(), longest_lineage);
  EXPECT_EQ(epochs.front().ballot, "");
  EXPECT_EQ(epochs.back().ballot, "ballot-2");
}

// ---- views

TEST(Journal, CompletesAViewWithTheEpochThatItMayBeOf) {
  const recorded_view read{"run-1", {"run-1"}, 7, 0, false};
  auto memory = of_a_member();
  EXPECT_EQ(complete(read, memory).epoch, 1U);
  memory.joining = 3;
  EXPECT_EQ(complete(read, memory).epoch, 3U);
  about_to_bootstrap(memory, ballot_of(1, 5), at(60), false);
  EXPECT_EQ(complete(read, memory).epoch, 5U);
}

TEST(Journal, KnowsAnAppliedViewWhateverTheOrderOfItsMembers) {
  auto memory = of_a_member();
  memory.applied = recorded_view{"run-1", {"run-1", "run-2"}, 7, 1, true};
  EXPECT_TRUE(complete({"run-1", {"run-2", "run-1"}, 7, 0, false}, memory).applied);
}

TEST(Journal, HoldsAnyOtherViewForNotApplied) {
  auto memory = of_a_member();
  EXPECT_FALSE(complete({"run-1", {"run-1"}, 7, 0, true}, memory).applied);
  memory.applied = recorded_view{"run-1", {"run-1", "run-2"}, 7, 1, true};
  EXPECT_FALSE(complete({"run-9", {"run-1", "run-2"}, 7, 0, true}, memory).applied);
  EXPECT_FALSE(complete({"run-1", {"run-1", "run-2"}, 8, 0, true}, memory).applied);
  EXPECT_FALSE(complete({"run-1", {"run-1", "run-3"}, 7, 0, true}, memory).applied);
}

// ---- what a report says of it

TEST(Journal, ReportsWhatAMemberWas) {
  const auto report = reported(of_a_member(), at(60));
  EXPECT_EQ(report.data, at(60));
  EXPECT_EQ(report.memory, memory_of(1));
  EXPECT_EQ(report.epochs, first_epoch);
  EXPECT_EQ(report.newest_epoch, 1U);
  EXPECT_EQ(report.noted_at, 60);
  EXPECT_EQ(report.companions, (companions_by_memory{{1, memory_of(1)}, {2, memory_of(2)}}));
  EXPECT_FALSE(report.untouched);
}

TEST(Journal, ReportsNoEpochsWhileTheyAreNotCertain) {
  auto memory = of_a_member();
  was_cut_off(memory);
  EXPECT_THAT(reported(memory, at(60)).epochs, IsEmpty());
  EXPECT_EQ(reported(memory, at(60)).newest_epoch, 1U);
  memory.joining = 3;
  EXPECT_EQ(reported(memory, at(60)).newest_epoch, 3U);
}

TEST(Journal, ReportsNoEpochsOfAnotherHistory) {
  auto foreign = at(60);
  foreign.history = another;
  EXPECT_THAT(reported(of_a_member(), foreign).epochs, IsEmpty());
  EXPECT_EQ(reported(of_a_member(), foreign).newest_epoch, 0U);
}

TEST(Journal, ReportsTheEpochsOfDataThatIsGone) { EXPECT_EQ(reported(of_a_member(), {}).newest_epoch, 1U); }

TEST(Journal, ReportsTheEpochThatItIsOpening) {
  auto memory = of_a_member();
  about_to_bootstrap(memory, ballot_of(1, 2), at(60), false);
  EXPECT_EQ(newest(reported(memory, at(60)).epochs), 2U);
  EXPECT_EQ(reported(memory, at(60)).newest_epoch, 2U);
}

TEST(Journal, ReportsWhoIsExpectedAmongTheCompanions) {
  auto memory = of_a_member();
  memory.expected = {{2, "another disk"}, {3, memory_of(3)}};
  EXPECT_EQ(reported(memory, at(60)).companions,
            (companions_by_memory{{1, memory_of(1)}, {2, ""}, {3, memory_of(3)}}));
}

TEST(Journal, ReportsItsPledges) {
  auto memory = of_a_member();
  memory.pledges = {ballot_of(3, 2)};
  EXPECT_THAT(reported(memory, at(60)).pledges, ElementsAre(ballot_of(3, 2)));
}

TEST(Journal, ReportsThatThereNeverWasDataOnlyWhileThereIsNone) {
  auto memory = new_journal("m", {}, {1, 2, 3});
  EXPECT_TRUE(reported(memory, {}).untouched);
  EXPECT_FALSE(reported(memory, at(60)).untouched);
  saw_data(memory);
  EXPECT_FALSE(reported(memory, {}).untouched);
}

}  // namespace
}  // namespace mgc::test
