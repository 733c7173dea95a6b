#include "orchestrator/node_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "orchestrator/status_text.hpp"

namespace mgc::orchestrator {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::StartsWith;

node_status waiting() {
  node_status status;
  status.self.node = 1;
  status.self.phase = "waiting";
  status.self.reason = "for node2";
  status.self.data = {data_kind::clean, "6b5f", 4711, false, std::nullopt};
  status.address = "10.0.0.1";
  status.version = "0.1.0";
  status.health.live = true;
  auto other = status.self;
  other.server = server_state::primary;
  other.wsrep_state = "Synced";
  other.phase = "supervising";
  other.reason = "";
  status.peers = {{2, "10.0.0.2", std::nullopt, "nobody listens\033[2J", std::nullopt},
                  {13, "10.0.0.13", other, "", 2s}};
  return status;
}

TEST(NodeText, ShowsTheNodeAndATableOfItsPeers) {
  EXPECT_THAT(
      node_lines(waiting()),
      ElementsAre("node1 (10.0.0.1): waiting, server down, position 6b5f:4711, in no cluster",  //
                  "  for node2",                                                                //
                  "Peer    Address    Heard    Phase        Server            Position   Reason",
                  "node2   10.0.0.2   never    -            -                 -          nobody listens?[2J",
                  "node13  10.0.0.13  2 s ago  supervising  primary (Synced)  6b5f:4711  -"));
}

TEST(NodeText, StandsAboveTheTransfers) {
  transfers_status status{"/b", shaper::rate::paused(), {}};
  status.node = waiting();
  EXPECT_THAT(status_text(status), StartsWith("node1 (10.0.0.1): waiting"));
  EXPECT_THAT(status_text(status),
              testing::EndsWith("\n\nLimit paused, no transfer is running (budget /b)\n"));
  status.budget_file = "";
  EXPECT_THAT(status_text(status), testing::EndsWith("\n\nNo transfer since this machine started\n"));
}

TEST(NodeText, FitsEveryTerminal) {
  transfers_status status{"/b", shaper::rate::paused(), {}};
  status.node = waiting();
  EXPECT_EQ(status_screen(status, 20, 1), "Limit paused, no tra\n")
      << "what moves comes before what does not";
  for (std::size_t rows = 1; rows < 12; ++rows) {
    const auto shown = status_screen(status, 20, rows);
    EXPECT_EQ(static_cast<std::size_t>(std::count(shown.begin(), shown.end(), '\n')),
              std::min<std::size_t>(rows, 7));
  }
}

TEST(NodeJson, HasNodeAndPeers) {
  transfers_status status{"/b", shaper::rate::paused(), {}};
  status.node = waiting();
  const auto json = boost::json::parse(status_json(status)).as_object();
  EXPECT_EQ(json.at("budget"), "/b");
  const auto& node = json.at("node").as_object();
  EXPECT_EQ(node.at("node"), 1);
  EXPECT_EQ(node.at("phase"), "waiting");
  EXPECT_EQ(node.at("server_state"), "down");
  EXPECT_EQ(node.at("position"), 4711);
  EXPECT_EQ(node.at("live"), true);
  EXPECT_EQ(node.at("ready"), false);
  const auto& peers = json.at("peers").as_array();
  ASSERT_EQ(peers.size(), 2U);
  EXPECT_EQ(peers[0].at("heard"), false);
  EXPECT_TRUE(peers[0].at("heard_seconds_ago").is_null());
  EXPECT_EQ(peers[1].at("heard"), true);
  EXPECT_EQ(peers[1].at("server_state"), "primary");
}

}  // namespace
}  // namespace mgc::orchestrator
