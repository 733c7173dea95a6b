#include "orchestrator/server/datadir_facts.hpp"

#include <gmock/gmock.h>

namespace mgc::orchestrator {
namespace {

using testing::HasSubstr;

const history_id id = "d62ec2be-e6ac-11f1-97de-67dac6908e35";

datadir_facts whole(std::optional<grastate> state = {}) {
  datadir_facts facts;
  facts.system_tables = facts.innodb = true;
  facts.of_a_server = "mysql";
  facts.has_grastate = state.has_value();
  facts.state = std::move(state);
  return facts;
}

data_kind kind_of(const datadir_facts& facts) { return classify(facts)->kind; }

TEST(Datadir, IsWhatItsFilesSay) {
  EXPECT_EQ(kind_of({}), data_kind::empty);
  EXPECT_EQ(kind_of(whole()), data_kind::plain);
  EXPECT_EQ(kind_of(whole(grastate{id, 7, true})), data_kind::clean);
  EXPECT_EQ(kind_of(whole(grastate{id, -1, true})), data_kind::crashed);
  EXPECT_EQ(kind_of(whole(grastate{{}, -1, true})), data_kind::unsafe);
}

TEST(Datadir, UnreadableStateIsNeverTrusted) {
  auto facts = whole();
  facts.has_grastate = true;
  EXPECT_EQ(kind_of(facts), data_kind::unsafe);
}

// A position in grastate.dat says nothing of data that is not there.
TEST(Datadir, WithoutItsDataIsAbortedWhenItHasNoHistory) {
  auto facts = whole(grastate{{}, no_seqno, true});
  facts.innodb = false;
  EXPECT_EQ(kind_of(facts), data_kind::aborted);
  facts.innodb = true;
  facts.system_tables = false;
  EXPECT_EQ(kind_of(facts), data_kind::aborted);
}

TEST(Datadir, WithoutItsDataButWithAHistoryAsksForTheMissingVolume) {
  auto facts = whole(grastate{id, 7, true});
  facts.innodb = false;
  const auto found = classify(facts);
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error(), testing::HasSubstr("is a volume missing"));
}

TEST(Datadir, TransferThatDidNotEndOutweighsAllElse) {
  auto facts = whole(grastate{id, 7, true});
  facts.transfer = true;
  EXPECT_EQ(kind_of(facts), data_kind::aborted);
}

TEST(Datadir, UnfinishedInitialisationIsEmpty) {
  auto facts = whole();
  facts.incomplete = true;
  EXPECT_EQ(kind_of(facts), data_kind::empty);
}

TEST(Datadir, RestOfAServerIsNotTouched) {
  datadir_facts facts;
  facts.of_a_server = "ibdata1";
  EXPECT_THAT(classify(facts).error(), HasSubstr("has 'ibdata1'"));
}

TEST(Datadir, KnowsAServersNames) {
  for (const auto* const name :
       {"mysql", "ibdata1", "ib_logfile0", "undo001", "aria_log.00000001", "aria_log_control"})
    EXPECT_TRUE(is_of_a_server(name, false)) << name;
  for (const auto* const name : {"lost+found", "custom.cnf", ".hidden", "galera.cache", "grastate.dat",
                                 "undo", "ibdata.txt", "mysql.cnf", "undoing"})
    EXPECT_FALSE(is_of_a_server(name, false)) << name;
  EXPECT_TRUE(is_of_a_server("shop", true));
  EXPECT_FALSE(is_of_a_server(".mgc-new-abcdef", true));
}

}  // namespace
}  // namespace mgc::orchestrator
