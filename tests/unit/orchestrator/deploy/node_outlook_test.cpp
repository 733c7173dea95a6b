#include "orchestrator/deploy/node_outlook.hpp"

#include <gmock/gmock.h>

namespace mgc::orchestrator {
namespace {

using testing::HasSubstr;

watched_node heard(bool ready, std::uint64_t size) {
  watched_node made;
  made.health = node_health{true, ready, ready, ready ? "running" : "waiting", ready ? "" : "for node2"};
  made.cluster_size = size;
  return made;
}

watched_node silent() {
  watched_node made;
  made.problem = "it does not listen";
  return made;
}

container_state state(const std::string& word, int code = 0, unsigned restarts = 0) {
  return {word, code, false, "", restarts};
}

TEST(NodeOutlook, HasArrivedInAClusterOfItsSize) {
  EXPECT_TRUE(judge(heard(true, 3), state("running"), "", 3).arrived);
  EXPECT_TRUE(judge(heard(true, 1), state("running"), "", 0).arrived);
  EXPECT_FALSE(judge(heard(true, 2), state("running"), "", 3).arrived);
  EXPECT_THAT(judge(heard(true, 2), state("running"), "", 3).words, HasSubstr("2 of 3"));
}

TEST(NodeOutlook, HasTheNodesOwnWords) {
  const auto outlook = judge(heard(false, 0), state("running"), "", 3);
  EXPECT_FALSE(outlook.arrived || outlook.hopeless);
  EXPECT_EQ(outlook.words, "waiting: for node2");
  EXPECT_EQ(judge(silent(), state("running"), "", 3).words, "it does not listen");
}

TEST(NodeOutlook, IsHopelessWhenNothingWillChange) {
  EXPECT_TRUE(judge(silent(), state("exited", 1), "", 3).hopeless);
  EXPECT_TRUE(judge(silent(), std::nullopt, "", 3).hopeless);
  EXPECT_TRUE(judge(silent(), state("restarting", 2, 2), "", 3).hopeless);
  EXPECT_THAT(judge(silent(), state("exited", 137), "", 3).words, HasSubstr("exit code 137"));
}

TEST(NodeOutlook, IsNotHopelessWhenItMayStillCome) {
  EXPECT_FALSE(judge(silent(), state("restarting", 2, 1), "", 3).hopeless);
  EXPECT_FALSE(judge(silent(), state("restarting", 1, 9), "", 3).hopeless);
  EXPECT_FALSE(judge(silent(), std::nullopt, "no connection", 3).hopeless);
  EXPECT_FALSE(judge(silent(), state("running"), "", 3).hopeless);
}

// Somebody else answers at the node's port.
TEST(NodeOutlook, CountsForNothingWithoutAContainerThatRuns) {
  EXPECT_FALSE(judge(heard(true, 3), state("exited"), "", 3).arrived);
}

TEST(NodeOutlook, ReadsAGauge) {
  constexpr std::string_view metrics =
      "# HELP mgc_cluster_size x\nmgc_cluster_size_more 9\nmgc_cluster_size 3\n";
  EXPECT_EQ(gauge_of(metrics, "mgc_cluster_size"), 3U);
  EXPECT_EQ(gauge_of(metrics, "mgc"), std::nullopt);
  EXPECT_EQ(gauge_of("mgc_cluster_size x\n", "mgc_cluster_size"), std::nullopt);
  EXPECT_EQ(gauge_of("mgc_cluster_size", "mgc_cluster_size"), std::nullopt);
}

}  // namespace
}  // namespace mgc::orchestrator
