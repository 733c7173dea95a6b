#include "orchestrator/election/ballot_box.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "made_up_nodes.hpp"

namespace mgc::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

const ballot asked = ballot_of(1, 2);

canvass first_round_at(seqno position) { return {asked, orders, position, data_kind::clean}; }

// node2, and what it remembers.
struct voting {
  node_report me = stopped(2, 90);
  std::vector<node_report> heard = {};
  journal memory = {};
  elector voter = {};

  std::string answer(const peer_request& request) {
    const auto given = voter.answer(request, me, hears(me, heard), memory);
    return given.agreed ? "agreed" : given.why;
  }
};

// ---- an elector

TEST(Elector, AgreesInTwoRoundsAndPledgesInTheSecond) {
  voting node2;
  EXPECT_EQ(node2.answer(first_round_at(100)), "agreed");
  EXPECT_THAT(node2.memory.pledges, IsEmpty());
  EXPECT_THAT(node2.voter.still_for(), Optional(asked));
  EXPECT_EQ(node2.answer(confirm{asked}), "agreed");
  EXPECT_THAT(node2.memory.pledges, ElementsAre(asked));
}

TEST(Elector, TellsItsReportAndThePledgeInIt) {
  voting node2;
  node2.answer(first_round_at(100));
  const auto given = node2.voter.answer(confirm{asked}, node2.me, hears(node2.me), node2.memory);
  EXPECT_EQ(given.report.node, 2U);
  EXPECT_THAT(given.report.pledges, ElementsAre(asked));
}

TEST(Elector, DoesNotConfirmWhatItWasNotAskedForFirst) {
  voting node2;
  EXPECT_EQ(node2.answer(confirm{asked}), "node2 has not kept still for this ballot");
  EXPECT_THAT(node2.memory.pledges, IsEmpty());
}

TEST(Elector, AgreesToAnotherBetweenTheRoundsButToOneAlone) {
  voting node2;
  const auto other = ballot_of(3, 5);
  node2.answer(first_round_at(100));
  EXPECT_EQ(node2.answer(canvass{other, orders, 100, data_kind::clean}), "agreed");
  EXPECT_EQ(node2.answer(confirm{asked}), "node2 has not kept still for this ballot");
  EXPECT_EQ(node2.answer(confirm{other}), "agreed");
}

TEST(Elector, DoesNotConfirmWhatItHasForgotten) {
  voting node2;
  node2.answer(first_round_at(100));
  node2.voter.forget();
  EXPECT_EQ(node2.answer(confirm{asked}), "node2 has not kept still for this ballot");
}

TEST(Elector, DoesNotConfirmWhenItsDataHasChanged) {
  voting node2;
  node2.answer(first_round_at(100));
  node2.me.data.position = 91;
  EXPECT_EQ(node2.answer(confirm{asked}), "the data of node2 has changed since it told of it");
  EXPECT_THAT(node2.memory.pledges, IsEmpty());
}

TEST(Elector, RefusesBothRoundsWhenAPrimaryIsHeard) {
  voting node2;
  const auto* const refusal = "node2 hears node3, which is Primary";
  node2.answer(first_round_at(100));
  node2.heard = {primary(3, 100)};
  EXPECT_EQ(node2.answer(confirm{asked}), refusal);
  EXPECT_EQ(node2.answer(first_round_at(100)), refusal);
}

TEST(Elector, RefusesWhileItIsPrimaryItself) {
  voting node2{.me = primary(2, 90)};
  EXPECT_EQ(node2.answer(first_round_at(100)), "node2 is Primary");
}

TEST(Elector, RefusesWhileItsServerIsStarting) {
  voting node2;
  node2.answer(first_round_at(100));
  node2.me = starting(stopped(2, 90));
  EXPECT_EQ(node2.answer(confirm{asked}), "the server of node2 is starting");
}

TEST(Elector, RefusesWhileItAsksForLeaveItself) {
  voting node2;
  node2.me.campaign = ballot_of(2, 2);
  EXPECT_EQ(node2.answer(first_round_at(100)), "node2 asks for leave itself");
}

TEST(Elector, WithARunningServerAgreesOnlyToAnOrderInItsOwnComponent) {
  voting node2{.me = cut_off(2, 90)};
  auto request = first_round_at(100);
  EXPECT_EQ(node2.answer(request), "the server of node2 still runs, cut off");
  request.running = true;
  EXPECT_EQ(node2.answer(request), "the server of node2 still runs, cut off");
  request.forced = true;
  EXPECT_EQ(node2.answer(request), "agreed");
}

TEST(Elector, ThatIsDownAgreesToACandidateThatRuns) {
  voting node2;
  auto request = first_round_at(100);
  request.running = true;
  EXPECT_EQ(node2.answer(request), "agreed");
}

TEST(Elector, RefusesOneThatIsBehindIt) {
  voting node2;
  EXPECT_EQ(node2.answer(first_round_at(89)), "node2 is ahead, at 90");
  EXPECT_EQ(node2.answer(first_round_at(90)), "agreed");
}

TEST(Elector, RefusesOneOfAnotherHistory) {
  voting node2;
  auto request = first_round_at(100);
  request.history = another;
  EXPECT_EQ(node2.answer(request), "node2 has another history: 0rde75");
}

TEST(Elector, WithoutAHistoryAgreesToAny) {
  voting node2{.me = fresh(2)};
  EXPECT_EQ(node2.answer(first_round_at(no_seqno)), "agreed");
}

TEST(Elector, LeavesItToTheProofHowFarACrashWithinDdlCame) {
  voting node2{.me = crashed_within_ddl(2, 110)};
  EXPECT_EQ(node2.answer(first_round_at(100)), "agreed");
}

TEST(Elector, ComparesNothingAtTheOperatorsOrder) {
  voting node2;
  EXPECT_EQ(node2.answer(canvass{asked, another, 5, data_kind::clean, false, true}), "agreed");
  node2.heard = {primary(3, 100)};
  EXPECT_EQ(node2.answer(canvass{asked, orders, 100, data_kind::clean, false, true}),
            "node2 hears node3, which is Primary");
}

TEST(Elector, AgreesToFurtherBallotsBesideAPledge) {
  voting node2;
  node2.memory.pledges = {ballot_of(3, 2)};
  EXPECT_EQ(node2.answer(first_round_at(100)), "agreed");
  EXPECT_EQ(node2.answer(confirm{asked}), "agreed");
  EXPECT_THAT(node2.memory.pledges, ElementsAre(ballot_of(3, 2), asked));
}

TEST(Elector, HasALimitOfPledges) {
  voting node2;
  for (std::uint64_t epoch = 1; epoch <= 63; ++epoch) node2.memory.pledges.push_back(ballot_of(3, epoch));
  EXPECT_EQ(node2.answer(first_round_at(100)), "agreed");
  node2.memory.pledges.push_back(ballot_of(3, 64));
  EXPECT_EQ(node2.answer(first_round_at(100)),
            "node2 has agreed to 64 bootstraps whose outcome it never learned");
}

TEST(Elector, ForgetsAPledgeThatIsWithdrawnAndNoOther) {
  voting node2;
  node2.memory.pledges = {ballot_of(3, 5)};
  node2.answer(first_round_at(100));
  node2.answer(confirm{asked});
  EXPECT_EQ(node2.answer(withdraw{asked}), "agreed");
  EXPECT_THAT(node2.memory.pledges, ElementsAre(ballot_of(3, 5)));
  EXPECT_EQ(node2.voter.still_for(), std::nullopt);
}

TEST(Elector, KeepsStillForAnotherWhenOneIsWithdrawn) {
  voting node2;
  node2.answer(first_round_at(100));
  node2.answer(withdraw{ballot_of(3, 5)});
  EXPECT_EQ(node2.answer(confirm{asked}), "agreed");
}

TEST(Elector, ThatIsPrimaryRemembersWhoIsAboutToJoin) {
  voting node2{.me = primary(2, 90)};
  EXPECT_EQ(node2.answer(announce{3, memory_of(3)}), "agreed");
  EXPECT_EQ(node2.memory.expected, (companions_by_memory{{3, memory_of(3)}}));
}

TEST(Elector, ThatIsNotPrimaryIsNotToBeJoined) {
  voting node2;
  EXPECT_EQ(node2.answer(announce{3, memory_of(3)}), "node2 is not Primary");
  EXPECT_THAT(node2.memory.expected, IsEmpty());
}

// ---- a candidate

// node1, which proposes itself to the two others.
struct running_for {
  knowledge known = hears(stopped(1, 100), {stopped(2, 90), stopped(3, 80)});
  journal memory = journal_of(1);

  candidacy begin() {
    const auto proposal = decide(known);
    return {std::get<bootstrap>(proposal), known, memory, "ballot-2"};
  }
};

void all_agree(candidacy& attempt, const std::vector<node_report>& reports) {
  for (const auto& report : reports) attempt.answered(report.node, {true, {}, report});
}

TEST(Candidacy, NotesItsBallotBeforeItAsks) {
  running_for node1;
  const auto attempt = node1.begin();
  EXPECT_EQ(attempt.what(), ballot_of(1, 2));
  EXPECT_THAT(node1.memory.campaign, Optional(attempt.what()));
  EXPECT_FALSE(node1.memory.bootstrapping);
}

TEST(Candidacy, AsksAllElectorsButItself) {
  running_for node1;
  EXPECT_THAT(node1.begin().asked(), ElementsAre(2, 3));
}

TEST(Candidacy, SaysWhatItHas) {
  running_for node1;
  const auto request = node1.begin().first_round();
  EXPECT_EQ(request.history, orders);
  EXPECT_EQ(request.position, 100);
  EXPECT_EQ(request.kind, data_kind::clean);
  EXPECT_FALSE(request.running);
  EXPECT_FALSE(request.forced);
}

TEST(Candidacy, SaysThatItsServerRunsAndThatItIsAnOrder) {
  running_for node1{.known = hears(cut_off(1, 100), {cut_off(2, 90), cut_off(3, 80)})};
  node1.known.force = true;
  const auto request = node1.begin().first_round();
  EXPECT_TRUE(request.running);
  EXPECT_TRUE(request.forced);
}

TEST(Candidacy, OpensAnEpochAfterAllThatItHasHeardOf) {
  running_for node1;
  node1.known.heard[0].newest_epoch = 4;
  EXPECT_EQ(node1.begin().what().epoch, 5U);
  node1.known.heard[1] = pledged_to(stopped(3, 80), ballot_of(1, 7));
  EXPECT_EQ(node1.begin().what().epoch, 8U);
}

TEST(Candidacy, IsElectedWhenAllHaveAgreedTwice) {
  running_for node1;
  auto attempt = node1.begin();
  all_agree(attempt, node1.known.heard);
  ASSERT_TRUE(attempt.may_go_on());
  EXPECT_THAT(attempt.confirmers(), ElementsAre(2, 3));
  EXPECT_FALSE(attempt.elected());
  all_agree(attempt, node1.known.heard);
  EXPECT_TRUE(attempt.elected());
}

TEST(Candidacy, IsNotElectedByTheFirstRoundAlone) {
  running_for node1;
  auto attempt = node1.begin();
  all_agree(attempt, node1.known.heard);
  EXPECT_FALSE(attempt.elected());
}

TEST(Candidacy, IsNotElectedWhenOneDoesNotConfirm) {
  running_for node1;
  auto attempt = node1.begin();
  all_agree(attempt, node1.known.heard);
  ASSERT_TRUE(attempt.may_go_on());
  all_agree(attempt, {stopped(2, 90)});
  attempt.answered(3, {false, "node3 has not kept still for this ballot", stopped(3, 80)});
  EXPECT_FALSE(attempt.elected());
  EXPECT_EQ(attempt.why_not(), "node3 has not kept still for this ballot");
}

TEST(Candidacy, DecidesAgainByTheAnswersAlone) {
  running_for node1;
  auto attempt = node1.begin();
  all_agree(attempt, {stopped(2, 90)});
  EXPECT_FALSE(attempt.may_go_on());
  EXPECT_EQ(attempt.why_not(),
            "node1 is the most advanced of those who answered (0rde75:100), but node3 may be ahead; if that "
            "is all there will ever be: 'mgc bootstrap --force' on node1");
}

TEST(Candidacy, DecidesAgainByWhatTheAnswersSayNow) {
  running_for node1;
  auto attempt = node1.begin();
  all_agree(attempt, {stopped(2, 90), stopped(3, 120)});
  EXPECT_FALSE(attempt.may_go_on());
  EXPECT_EQ(attempt.why_not(),
            "all nodes have answered and node3 is the most advanced (0rde75:120): it "
            "founds the cluster");
}

TEST(Candidacy, GoesOnWithoutOneThatItsProofDoesNotNeed) {
  running_for node1{.known = hears(last_one(stopped(1, 100)), {stopped(2, 90), stopped(3, 80)})};
  auto attempt = node1.begin();
  all_agree(attempt, {stopped(2, 90)});
  attempt.answered(3, {false, "no answer", {}});
  ASSERT_TRUE(attempt.may_go_on());
  EXPECT_THAT(attempt.confirmers(), ElementsAre(2));
  all_agree(attempt, {stopped(2, 90)});
  EXPECT_TRUE(attempt.elected());
}

TEST(Candidacy, EndsWhenAnElectorIsPrimary) {
  running_for node1{.known = hears(last_one(stopped(1, 100)), {stopped(2, 90), stopped(3, 80)})};
  auto attempt = node1.begin();
  all_agree(attempt, {stopped(2, 90)});
  attempt.answered(3, {false, "node3 is Primary", primary(3, 80)});
  EXPECT_FALSE(attempt.may_go_on());
  EXPECT_EQ(attempt.why_not(), "node3 is Primary");
}

TEST(Candidacy, TellsWhoDidNotAnswer) {
  running_for node1;
  auto attempt = node1.begin();
  all_agree(attempt, node1.known.heard);
  ASSERT_TRUE(attempt.may_go_on());
  attempt.not_answered(3, "node3 does not answer");
  EXPECT_FALSE(attempt.elected());
  EXPECT_EQ(attempt.why_not(), "node3 does not answer");
}

TEST(Candidacy, ByAnOrderGoesOnWithoutWhoDoesNotAnswer) {
  running_for node1;
  node1.known.force = true;
  auto attempt = node1.begin();
  all_agree(attempt, {stopped(2, 90)});
  attempt.not_answered(3, "node3 does not answer");
  EXPECT_TRUE(attempt.may_go_on());
  EXPECT_THAT(attempt.confirmers(), ElementsAre(2));
}

TEST(Candidacy, ByAnOrderYieldsToWhoRefuses) {
  running_for node1;
  node1.known.force = true;
  auto attempt = node1.begin();
  all_agree(attempt, {stopped(2, 90)});
  attempt.answered(3, {false, "node3 asks for leave itself", stopped(3, 80)});
  EXPECT_FALSE(attempt.may_go_on());
  EXPECT_EQ(attempt.why_not(), "node3 asks for leave itself");
}

TEST(Candidacy, TakesOverTheEpochsOfItsHistory) {
  running_for node1;
  node1.memory.epochs = {{1, "ballot-1", 0}, {3, "ballot-3", 70}};
  node1.known.heard[0].epochs.push_back({2, "ballot-2", 50});
  node1.known.heard[1].data.history = another;
  node1.known.heard[1].epochs.push_back({4, "ballot-4", 60});
  const candidacy attempt{bootstrap{{1, 2, 3}, ""}, node1.known, node1.memory, "ballot-5"};
  EXPECT_EQ(node1.memory.epochs, (lineage{{1, "ballot-1", 0}, {2, "ballot-2", 50}, {3, "ballot-3", 70}}));
}

TEST(Candidacy, TakesOverNothingAtTheOperatorsOrder) {
  running_for node1;
  node1.known.force = true;
  node1.known.heard[0].epochs.push_back({2, "ballot-2", 50});
  node1.begin();
  EXPECT_THAT(node1.memory.epochs, IsEmpty());
}

TEST(Candidacy, ForgetsTheOldestEpochsBeyondTheLongestLineage) {
  running_for node1;
  for (std::uint64_t number = 1; number <= longest_lineage; ++number)
    node1.memory.epochs.push_back({number, fmt::format("ballot-{}", number), 0});
  node1.known.heard[0].epochs = {{longest_lineage + 1, "a younger one", 50}};
  const candidacy attempt{bootstrap{{1, 2, 3}, ""}, node1.known, node1.memory, "ballot-66"};
  EXPECT_EQ(node1.memory.epochs.size(), longest_lineage);
  EXPECT_EQ(node1.memory.epochs.front().number, 2U);
  EXPECT_EQ(node1.memory.epochs.back().ballot, "a younger one");
}

TEST(Candidacy, CountsABootstrapThatWasBegunBefore) {
  running_for node1;
  node1.memory.campaign = ballot_of(1, 1);
  node1.memory.bootstrapping = true;
  node1.memory.bootstrapped_at = 60;
  node1.known.heard.clear();
  const candidacy attempt{bootstrap{{1}, ""}, node1.known, node1.memory, "ballot-2"};
  EXPECT_EQ(node1.memory.epochs, (lineage{{1, "ballot-1", 60}}));
  EXPECT_FALSE(node1.memory.bootstrapping);
}

}  // namespace
}  // namespace mgc::test
