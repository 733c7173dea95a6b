// Decisions of a node that hears no Primary. With one: decision_with_primary_test.cpp.

#include "orchestrator/election/decision.hpp"

#include <gtest/gtest.h>

#include "made_up_nodes.hpp"

namespace mgc::test {
namespace {

// ---- a new cluster

TEST(Decision, TheLowestNumberFoundsANewCluster) {
  EXPECT_EQ(decided(hears(fresh(1), {fresh(3), fresh(2)})),
            "founds with 1, 2, 3: all nodes have answered and nobody has data");
  EXPECT_EQ(decided(hears(fresh(2), {fresh(3), fresh(1)})),
            "waits for 1: all nodes have answered and nobody has data: node1 founds the cluster");
}

TEST(Decision, ANewClusterWaitsForEveryoneWhoWasNotHeard) {
  EXPECT_EQ(decided(hears(fresh(1), {fresh(2)})),
            "waits for 3: a new cluster is founded when all nodes have answered, and node3 did not yet");
  EXPECT_EQ(
      decided(hears(fresh(1))),
      "waits for 2, 3: a new cluster is founded when all nodes have answered, and node2, node3 did not yet");
}

TEST(Decision, TheOneNodeWithPlainDataFoundsTheCluster) {
  EXPECT_EQ(decided(hears(plain(2), {fresh(1), fresh(3)})),
            "founds with 1, 2, 3: all nodes have answered and nobody else has data");
  EXPECT_EQ(decided(hears(fresh(1), {plain(2), fresh(3)})),
            "waits for 2: all nodes have answered and nobody else has data: node2 founds the cluster");
}

TEST(Decision, TwoNodesWithPlainDataAreLeftToTheOperator) {
  EXPECT_EQ(decided(hears(plain(1), {plain(2), fresh(3)})),
            "hopeless: node1, node2 have data that was never in a cluster: leave it on the one that is to be "
            "the first, and move it away on the others");
}

TEST(Decision, NothingIsFoundedBesideWhatATransferOrACrashLeft) {
  auto unreadable = with_data(3, data_of(data_kind::unsafe));
  EXPECT_EQ(decided(hears(fresh(1), {aborted(2), unreadable})),
            "hopeless: nobody has data that is whole: what node2, node3 has is left of a state transfer or a "
            "crash that did not end; put a backup there, or remove it to begin anew");
}

TEST(Decision, ClusterWhoseDataIsGoneEverywhereIsNotFoundedAnew) {
  auto remembers = emptied(2);
  remembers.newest_epoch = 1;
  EXPECT_EQ(decided(hears(fresh(1), {remembers, fresh(3)})),
            "hopeless: node2 was in a cluster, but nobody has data: are all disks mounted? To begin anew, "
            "remove election.json from the lock directories of all nodes");
}

// ---- before anything is compared

TEST(Decision, NodesThatAreConfiguredDifferentlyDoNotElect) {
  auto peer = fresh(2);
  peer.nodes.pop_back();
  EXPECT_EQ(decided(hears(fresh(1), {peer, fresh(3)})),
            "hopeless: node2 is configured for 'orders' of 1=10.0.0.1 2=10.0.0.2, this node for 'orders' of "
            "1=10.0.0.1 2=10.0.0.2 3=10.0.0.3: make them equal");
}

TEST(Decision, NodesOfClustersWithDifferentNamesDoNotElect) {
  auto peer = fresh(3);
  peer.cluster_name = "invoices";
  EXPECT_EQ(decided(hears(fresh(1), {fresh(2), peer})),
            "hopeless: node3 is configured for 'invoices' of 1=10.0.0.1 2=10.0.0.2 3=10.0.0.3, this node for "
            "'orders' of 1=10.0.0.1 2=10.0.0.2 3=10.0.0.3: make them equal");
}

TEST(Decision, APeerThatStartsIsWaitedFor) {
  EXPECT_EQ(decided(hears(stopped(1, 100), {starting(stopped(2, 90)), stopped(3, 80)})),
            "waits for 2: node2 is starting (starting its server)");
}

TEST(Decision, APeerThatAsksForLeaveIsWaitedFor) {
  auto asks = stopped(2, 90);
  asks.campaign = ballot_of(2, 2);
  EXPECT_EQ(decided(hears(stopped(1, 100), {asks, stopped(3, 80)})),
            "waits for 2: node2 asks for leave to found the cluster");
}

TEST(Decision, ItsOwnCampaignDoesNotKeepANodeFromDeciding) {
  auto mine = fresh(1);
  mine.campaign = ballot_of(1, 1);
  EXPECT_EQ(decided(hears(mine, {fresh(2), fresh(3)})),
            "founds with 1, 2, 3: all nodes have answered and nobody has data");
}

// ---- pledges

TEST(Decision, WhoWasPromisedABootstrapHasToAnswer) {
  EXPECT_EQ(decided(hears(stopped(1, 100), {pledged_to(stopped(2, 90), ballot_of(3, 2))})),
            "waits for 3: node2 agreed that node3 founds the cluster; it has to answer first");
}

TEST(Decision, ItsOwnPledgeBindsANodeToo) {
  EXPECT_EQ(decided(hears(pledged_to(fresh(1), ballot_of(3, 1)), {fresh(2)})),
            "waits for 3: node1 agreed that node3 founds the cluster; it has to answer first");
}

TEST(Decision, WhoWasPromisedABootstrapAndHasLostItsMemoryIsLeftToTheOperator) {
  auto lost = stopped(3, 80);
  lost.memory = "a new one";
  EXPECT_EQ(decided(hears(pledged_to(stopped(1, 100), ballot_of(3, 2)), {stopped(2, 90), lost})),
            "hopeless: node3 may have founded the cluster and accepted transactions, and has lost its disk "
            "since: put it back, or decide what to go on with by 'mgc bootstrap --force' there");
}

TEST(Decision, WhoWasPromisedABootstrapAndAnswersIsAnElectorLikeOthers) {
  EXPECT_EQ(decided(hears(pledged_to(stopped(1, 100), ballot_of(3, 2)), {stopped(2, 90), stopped(3, 80)})),
            "founds with 1, 2, 3: all nodes have answered and node1 is the most advanced (0rde75:100)");
}

TEST(Decision, APledgeIsRedeemedByTheEpochThatItsBallotOpened) {
  auto member = last_one(stopped(2, 90));
  member.epochs.push_back({2, "ballot-2", 50});
  member.newest_epoch = 2;
  EXPECT_EQ(decided(hears(member, {pledged_to(stopped(1, 40), ballot_of(3, 2))})),
            "founds with 1, 2: node2 was the last one in the cluster (0rde75:90)");
}

// ---- the operator's order

TEST(Decision, AnOrderFoundsWithWhoeverAnswers) {
  auto known = hears(stopped(1, 80), {stopped(2, 100)});
  known.force = true;
  EXPECT_EQ(decided(known), "founds with 1, 2: the operator's order (mgc bootstrap --force)");
  known.heard.clear();
  EXPECT_EQ(decided(known), "founds with 1: the operator's order (mgc bootstrap --force)");
}

TEST(Decision, AnOrderSettlesWhatAnElectionCannot) {
  auto foreign = stopped(2, 100);
  foreign.data.history = another;
  auto known = hears(pledged_to(crashed_within_ddl(1, 80), ballot_of(3, 2)), {foreign});
  known.force = true;
  EXPECT_EQ(decided(known), "founds with 1, 2: the operator's order (mgc bootstrap --force)");
}

TEST(Decision, AnOrderWaitsForAPeerThatStarts) {
  auto known = hears(stopped(1, 80), {starting(stopped(2, 100))});
  known.force = true;
  EXPECT_EQ(decided(known), "waits for 2: node2 is starting");
}

TEST(Decision, AnOrderMakesNothingOfAnAbortedTransfer) {
  auto known = hears(aborted(1));
  known.force = true;
  EXPECT_EQ(decided(known),
            "hopeless: the data here is what a state transfer left that did not end: nothing can be founded "
            "with it");
}

// ---- words

TEST(Decision, DescribesDataForOperators) {
  EXPECT_EQ(describe({}), "no data");
  EXPECT_EQ(describe(data_of(data_kind::plain)), "data that was never in a cluster");
  EXPECT_EQ(describe(stopped(1, 42).data), "stopped at 0rde75:42");
  EXPECT_EQ(describe(crashed(1, 42).data), "at 0rde75:42");
  EXPECT_EQ(describe(data_of(data_kind::aborted)), "what is left of a state transfer");
  EXPECT_EQ(describe(crashed_within_ddl(1, 42).data), "data of a crash within DDL, at 0rde75:42");
}

TEST(Decision, GivesTheReasonOfEachKind) {
  EXPECT_EQ(reason_of(join{2, false, "one"}), "one");
  EXPECT_EQ(reason_of(bootstrap{{1}, "two"}), "two");
  EXPECT_EQ(reason_of(stand_down{"three"}), "three");
  EXPECT_EQ(reason_of(wait{{2}, "four", true}), "four");
}

}  // namespace
}  // namespace mgc::test
