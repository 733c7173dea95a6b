#include "orchestrator/config/identity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/orchestrator/config/test_machine.hpp"

namespace mgc::orchestrator {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using strings = std::vector<std::string>;

void expect_me(const strings& environment, unsigned number, const std::string& address,
               const test_machine& on = {}) {
  const auto result = resolve(environment, on);
  EXPECT_THAT(result.problems, IsEmpty());
  EXPECT_EQ(result.settings.self, number);
  EXPECT_EQ(result.settings.address, address);
}

strings problems(const strings& environment, const test_machine& on = {}) {
  return resolve(environment, on).problems;
}

const strings three_of_loopback{"node1=127.0.0.11", "node2=127.0.0.12", "node3=127.0.0.13"};

strings with(strings base, const strings& more) {
  base.insert(base.end(), more.begin(), more.end());
  return base;
}

TEST(Identity, IsTheNodeWithALocalAddress) { expect_me(with_nodes(), 2, "192.0.2.2"); }

TEST(Identity, DoesNotMindTheWrongInterfaceWhenOneNodeMatches) {
  expect_me(with_nodes({"interface=nonsense"}), 2, "192.0.2.2");
}

TEST(Identity, KnowsIpv6InAnySpelling) {
  expect_me({"node1=[2001:DB8:0::1]", "node2=2001:db8:0:0::2"}, 2, "2001:db8::2");
}

TEST(Identity, DoesNotMindAVirtualAddressBesideItsOwn) {
  test_machine on;
  on.here.addresses.push_back({"eth0:1", "192.0.2.100", 32, false});
  expect_me(with_nodes(), 2, "192.0.2.2", on);
}

TEST(Identity, IsDecidedByLocalAddressWhereSeveralMatch) {
  EXPECT_THAT(problems(three_of_loopback),
              ElementsAre(AllOf(HasSubstr("local_addr"), HasSubstr("192.0.2.2 (eth0)"),
                                HasSubstr("node3=127.0.0.13"))));
  expect_me(with(three_of_loopback, {"local_addr=127.0.0.13"}), 3, "127.0.0.13");
}

TEST(Identity, IsDecidedByTheInterfaceWhereSeveralMatch) {
  test_machine on;
  on.here.addresses.push_back({"eth1", "198.51.100.2", 24, false});
  on.here.addresses.push_back({"eth7:1", "203.0.113.2", 24, false});
  const strings nodes{"node1=192.0.2.2", "node2=198.51.100.2", "node3=203.0.113.2"};
  expect_me(nodes, 2, "198.51.100.2", on);  // eth1 goes before eth0
  expect_me(with(nodes, {"interface=eth0"}), 1, "192.0.2.2", on);
  expect_me(with(nodes, {"interface=eth7"}), 3, "203.0.113.2", on);
  EXPECT_THAT(problems(with(nodes, {"interface=eth8"}), on),
              testing::Contains(HasSubstr("interface='eth8'")));
}

TEST(Identity, IsNeverGuessed) {
  EXPECT_THAT(
      problems({"node1=192.0.2.1", "node2=192.0.2.3"}),
      ElementsAre(AllOf(HasSubstr("192.0.2.2 (eth0)"), HasSubstr("node1=192.0.2.1, node2=192.0.2.3"))));
  EXPECT_THAT(problems(with_nodes({"local_addr=192.0.2.9"})),
              ElementsAre(HasSubstr("local_addr='192.0.2.9'")));
  EXPECT_THAT(problems(with_nodes({"local_addr=127.0.0.1"})), ElementsAre(HasSubstr("no node's address")));
  EXPECT_THAT(problems({}), ElementsAre(HasSubstr("no node is given")));
}

TEST(Identity, IsAsOfTheFirstUsualInterfaceForWhoOnlyJoins) {
  expect_me({"join_address=192.0.2.1"}, 0, "192.0.2.2");
  expect_me({"join_address=192.0.2.1", "local_addr=2001:db8::2"}, 0, "2001:db8::2");
  expect_me(with_nodes({"join_address=192.0.2.1"}), 2, "192.0.2.2");
}

TEST(Identity, NeedsNoNodesAlone) {
  expect_me({"cluster_mode=single"}, 1, "192.0.2.2");
  test_machine on;
  on.here.addresses.resize(2);
  expect_me({"cluster_mode=0"}, 1, "127.0.0.1", on);
}

TEST(Nodes, AreSortedAndMayHaveGaps) {
  const auto nodes = resolve({"node10=192.0.2.10", "node9=192.0.2.2", "node2=", "node_env=x"}).settings.nodes;
  ASSERT_EQ(nodes.size(), 2U);
  EXPECT_EQ(nodes[0].number, 9U);
  EXPECT_EQ(nodes[1].number, 10U);
}

TEST(Nodes, MustDiffer) {
  EXPECT_THAT(problems(with_nodes({"node4=192.0.2.1"})),
              ElementsAre(HasSubstr("node1 and node4 have the same address")));
  EXPECT_THAT(problems(with_nodes({"node04=192.0.2.4", "node4=192.0.2.5"})),
              ElementsAre(HasSubstr("node4 is given twice")));
  EXPECT_THAT(problems(with_nodes({"node0=192.0.2.4"})), ElementsAre(HasSubstr("node0")));
}

TEST(Nodes, MayHaveNames) {
  test_machine on;
  on.names = {{"db1", {"192.0.2.1"}}, {"db2", {"203.0.113.9", "192.0.2.2"}}, {"me", {"127.0.1.1"}}};
  expect_me({"node1=db1", "node2=db2"}, 2, "192.0.2.2", on);
  EXPECT_THAT(problems({"node1=db1", "node2=db2", "node3=db3"}, on), ElementsAre(HasSubstr("node3='db3'")));
  EXPECT_THAT(problems({"node1=db1", "node2=me"}, on), ElementsAre(HasSubstr("node2='me' is 127.0.1.1")));
}

TEST(JoinAddresses, AreAList) {
  std::vector<std::string> wrong;
  const given_values given{{"join_address=192.0.2.1, db2:4567,[2001:db8::1]:4567 2001:db8::2"}};
  EXPECT_THAT(read_join_addresses(given, wrong),
              ElementsAre("192.0.2.1", "db2:4567", "[2001:db8::1]:4567", "2001:db8::2"));
  EXPECT_THAT(wrong, IsEmpty());
  EXPECT_THAT(problems({"join_address=db2:x"}), testing::Contains(HasSubstr("join_address=")));
  EXPECT_THAT(problems({"join_address=,"}), testing::Contains(HasSubstr("join_address=")));
}

}  // namespace
}  // namespace mgc::orchestrator
