#include "orchestrator/peers/node_status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/peers/admin_answer.hpp"
#include "orchestrator/peers/peer_codec.hpp"
#include "tests/unit/orchestrator/peers/made_up_report.hpp"

namespace mgc::orchestrator {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(NodeStatus, KeepsEveryField) {
  node_status status;
  status.self = test::made_up_report();
  status.version = "0.1.0";
  status.address = "10.0.0.3";
  status.health = {true, false, true, "waiting", "why"};
  status.peers = {{1, "10.0.0.1", test::made_up_report(), "", 2s},
                  {2, "10.0.0.2", std::nullopt, "refused", std::nullopt}};
  const auto read = parse_node_status(to_json(status));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(to_json(read->self), to_json(status.self));
  EXPECT_EQ(read->version, "0.1.0");
  EXPECT_EQ(read->address, "10.0.0.3");
  EXPECT_EQ(read->health, status.health);
  ASSERT_EQ(read->peers.size(), 2U);
  EXPECT_EQ(read->peers[0].node, 1U);
  EXPECT_EQ(read->peers[0].address, "10.0.0.1");
  EXPECT_EQ(to_json(read->peers[0].report.value()), to_json(status.self));
  EXPECT_EQ(read->peers[0].age, 2s);
  EXPECT_FALSE(read->peers[1].report);
  EXPECT_EQ(read->peers[1].problem, "refused");
  EXPECT_FALSE(read->peers[1].age);
}

TEST(NodeStatus, TellsHealthInOneLine) {
  const node_health health{true, false, true, "waiting", "for node2"};
  const auto text = to_json(health);
  EXPECT_EQ(
      text,
      "{\"live\":true,\"ready\":false,\"donor_ok\":true,\"phase\":\"waiting\",\"reason\":\"for node2\"}\n");
  EXPECT_EQ(*parse_node_health(text), health);
}

TEST(NodeStatus, NamesWhatIsWrong) {
  EXPECT_THAT(parse_node_health(R"({"live":1})").error(), HasSubstr("'live' must be true or false"));
  EXPECT_THAT(parse_node_status("{}").error(), HasSubstr("is missing"));
}

TEST(AdminAnswer, KeepsItsLines) {
  const admin_answer answer{true, "one\ntwo\n"};
  EXPECT_EQ(*parse_admin_answer(to_json(answer)), answer);
  EXPECT_FALSE(parse_admin_answer("{}"));
}

}  // namespace
}  // namespace mgc::orchestrator
