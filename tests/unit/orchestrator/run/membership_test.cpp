#include "orchestrator/run/membership.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../election/made_up_nodes.hpp"

namespace mgc::test {
namespace {

using testing::ElementsAre;
using testing::Optional;

// ---- members

const std::vector<configured_node> nodes{
    {1, "db1", "10.0.0.1"}, {2, "db2", "10.0.0.2"}, {4, "db4", "fd00::4"}};

TEST(MembersAmong, FindsTheConfiguredNodes) {
  EXPECT_THAT(members_among(nodes, "10.0.0.2:3307,10.0.0.1:3307", 2), ElementsAre(1, 2));
}

TEST(MembersAmong, FindsIpv6WithAndWithoutBrackets) {
  EXPECT_THAT(members_among(nodes, "[fd00::4]:3307", 1), ElementsAre(4));
  EXPECT_THAT(members_among(nodes, "fd00::4:3307", 1), ElementsAre(4));
}

TEST(MembersAmong, TakesTwoSpellingsForOneAddress) {
  EXPECT_THAT(members_among(nodes, "[FD00:0:0:0:0:0:0:4]:3307", 1), ElementsAre(4));
}

TEST(MembersAmong, CountsWhatIsNotConfiguredAsUnlisted) {
  EXPECT_THAT(members_among(nodes, "10.0.0.1:3307,10.0.0.9:3307", 2), ElementsAre(unlisted, 1));
}

TEST(MembersAmong, CountsMembersWithoutAnAddressAsUnlisted) {
  EXPECT_THAT(members_among(nodes, "10.0.0.1:3307,AUTO,", 3), ElementsAre(unlisted, 1));
  EXPECT_THAT(members_among(nodes, "", 1), ElementsAre(unlisted));
}

TEST(MembersAmong, DoesNotCountOneTwice) {
  EXPECT_THAT(members_among(nodes, "10.0.0.1:3307,10.0.0.1:3308", 2), ElementsAre(unlisted, 1));
}

TEST(MembersAmong, SurvivesWhatIsNoList) {
  for (const auto* const text : {",", ",,", "[", "[]", ":", "[:", "]:1,", "10.0.0.1"})
    EXPECT_TRUE(members_among(nodes, text, 1).size() == 1) << text;
}

TEST(MembersAmong, FindsNobodyInNoComponent) { EXPECT_TRUE(members_among(nodes, "", 0).empty()); }

TEST(CountsIn, KnowsAnAddressInEachSpelling) {
  node_report report;
  report.members = {"10.0.0.2:3307", "[fd00:0::4]:3307", "AUTO", "db5.example:3307"};
  EXPECT_TRUE(counts_in(report, "10.0.0.2:3307"));
  EXPECT_TRUE(counts_in(report, "[fd00::4]:3307"));
  EXPECT_TRUE(counts_in(report, "db5.example:3307"));
  for (const auto* const other : {"10.0.0.1:3307", "10.0.0.2:3306", "10.0.0.2", "", ":", "[", "]"})
    EXPECT_FALSE(counts_in(report, other)) << other;
  EXPECT_FALSE(counts_in({}, "10.0.0.2:3307"));
}

TEST(AllCountIn, NeedsEachPrimaryThatNamesItsMembers) {
  auto with = primary(1, 100);
  with.members = {"10.0.0.1:3307", "10.0.0.2:3307"};
  auto without = primary(3, 100);
  without.members = {"10.0.0.1:3307"};
  auto cut = with;
  cut.server = server_state::non_primary;
  const auto silent = primary(4, 100);
  EXPECT_TRUE(all_count_in({with, silent}, "10.0.0.2:3307"));
  EXPECT_FALSE(all_count_in({with, without}, "10.0.0.2:3307"));
  EXPECT_FALSE(all_count_in({silent}, "10.0.0.2:3307"));
  EXPECT_FALSE(all_count_in({cut}, "10.0.0.2:3307"));
  EXPECT_FALSE(all_count_in({}, "10.0.0.2:3307"));
}

// ---- epochs

const lineage two_epochs{{1, "ballot-1", 0}, {2, "ballot-2", 50}};

server_observation in_component_of(unsigned size) {
  server_observation now;
  now.history = orders;
  now.cluster_size = size;
  return now;
}

// It was a member of the first epoch, and has been started again since.
journal restarted() {
  auto memory = journal_of(1);
  memory.history = orders;
  memory.epochs = first_epoch;
  memory.uncertain = true;
  memory.joining = 1;
  return memory;
}

node_report uncertain_primary(node_number node) {
  auto report = primary(node, 100);
  report.epochs.clear();
  return report;
}

node_report primary_in_both(node_number node) {
  auto report = primary(node, 100);
  report.epochs = two_epochs;
  report.newest_epoch = 2;
  return report;
}

TEST(EpochsOf, IncludeTheOneThatItsOwnBallotOpens) {
  auto memory = restarted();
  about_to_bootstrap(memory, ballot_of(1, 2), stopped(1, 50).data, false);
  EXPECT_THAT(epochs_of(memory, in_component_of(1), {primary(2, 100)}), Optional(two_epochs));
}

TEST(EpochsOf, AreThoseOfAMemberThatIsCertain) {
  EXPECT_THAT(epochs_of(restarted(), in_component_of(3), {primary_in_both(2), uncertain_primary(3)}),
              Optional(two_epochs));
}

TEST(EpochsOf, AreTheNewestThatAreTold) {
  EXPECT_THAT(epochs_of(restarted(), in_component_of(3), {primary(2, 100), primary_in_both(3)}),
              Optional(two_epochs));
  EXPECT_THAT(epochs_of(restarted(), in_component_of(3), {primary_in_both(3), primary(2, 100)}),
              Optional(two_epochs));
}

TEST(EpochsOf, AreUnknownWhereAMemberMayHaveBeenInAYoungerOne) {
  auto younger = uncertain_primary(3);
  younger.newest_epoch = 3;
  EXPECT_EQ(epochs_of(restarted(), in_component_of(3), {primary_in_both(2), younger}), std::nullopt);
}

TEST(EpochsOf, AreUnknownWhereThisNodeItselfMayHaveBeenInAYoungerOne) {
  auto memory = restarted();
  memory.joining = 3;
  EXPECT_EQ(epochs_of(memory, in_component_of(2), {primary_in_both(2)}), std::nullopt);
}

TEST(EpochsOf, AreUnknownWhereABallotThatItAgreedToMayHaveOpenedAYoungerOne) {
  auto memory = restarted();
  memory.uncertain = false;
  memory.pledges = {ballot_of(3, 2)};
  EXPECT_EQ(epochs_of(memory, in_component_of(2), {primary(2, 100)}), std::nullopt);
  EXPECT_THAT(epochs_of(memory, in_component_of(2), {primary_in_both(2)}), Optional(two_epochs));
}

TEST(EpochsOf, AreItsOwnWhenAllMembersAreHeardAndNoneIsCertain) {
  EXPECT_THAT(epochs_of(restarted(), in_component_of(3), {uncertain_primary(2), uncertain_primary(3)}),
              Optional(first_epoch));
}

TEST(EpochsOf, AreUnknownWhileAMemberIsNotHeard) {
  EXPECT_EQ(epochs_of(restarted(), in_component_of(3), {uncertain_primary(2)}), std::nullopt);
}

TEST(EpochsOf, AreItsOwnWhileItIsCertainOfThem) {
  auto memory = restarted();
  memory.uncertain = false;
  EXPECT_THAT(epochs_of(memory, in_component_of(3), {}), Optional(first_epoch));
}

TEST(EpochsOf, AreNotThoseOfAnotherHistory) {
  auto memory = restarted();
  memory.history = another;
  EXPECT_EQ(epochs_of(memory, in_component_of(1), {}), std::nullopt);
}

TEST(EpochsOf, AreNotToldByWhoIsNotAMember) {
  auto foreign = primary_in_both(2);
  foreign.data.history = another;
  auto cut = primary_in_both(3);
  cut.server = server_state::non_primary;
  EXPECT_EQ(epochs_of(restarted(), in_component_of(2), {foreign, cut}), std::nullopt);
}

}  // namespace
}  // namespace mgc::test
