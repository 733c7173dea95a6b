#include "orchestrator/peers/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>

namespace mgc::orchestrator {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

node_metrics full() {
  node_metrics metrics;
  metrics.version = "0.1.0";
  metrics.server_version = "10.11.19";
  metrics.cluster = "orders";
  metrics.node = 1;
  metrics.phase = "supervising";
  metrics.server = server_state::primary;
  metrics.cluster_size = 2;
  metrics.nodes_configured = 3;
  metrics.peers_heard = {{2, true}, {3, false}};
  metrics.waits_for_operator = true;
  metrics.durable_commits = true;
  metrics.wsrep_local_state = 4;
  metrics.position = 9'007'199'254;
  metrics.receive_queue = 0;
  metrics.flow_control_paused_seconds = 1.5;
  metrics.server_starts = 2;
  metrics.elections_won = 1;
  metrics.transfer_limit = shaper::rate::kilobytes_per_second(6000);
  transfer_metrics transfer{"mgc_rsync", "10.0.0.2:4444", {}};
  transfer.progress.bytes = 1000;
  transfer.progress.total = 4000;
  transfer.progress.average_bytes_per_second = 250;
  transfer.progress.waited[static_cast<std::size_t>(shaper::holder::sink)] = 1500ms;
  metrics.transfers = {transfer, transfer};
  metrics.resident_memory_bytes = 12'000'000;
  metrics.cpu_seconds = 0.25;
  return metrics;
}

TEST(Metrics, TellEveryFigure) {
  const auto text = prometheus_text(full());
  for (const auto* const line : {
           "# TYPE mgc_info gauge\n",
           "mgc_info{version=\"0.1.0\",server_version=\"10.11.19\",cluster=\"orders\",node=\"1\"} 1\n",
           "mgc_phase{phase=\"supervising\"} 1\n",
           "mgc_server_state{state=\"primary\"} 1\n",
           "mgc_server_state{state=\"down\"} 0\n",
           "mgc_waits_for_operator 1\n",
           "mgc_durable_commits 1\n",
           "mgc_cluster_size 2\n",
           "mgc_cluster_nodes_configured 3\n",
           "mgc_peer_up{node=\"2\"} 1\n",
           "mgc_peer_up{node=\"3\"} 0\n",
           "mgc_wsrep_local_state 4\n",
           "mgc_seqno 9007199254\n",
           "mgc_recv_queue_length 0\n",
           "# TYPE mgc_flow_control_paused_seconds_total counter\n",
           "mgc_flow_control_paused_seconds_total 1.5\n",
           "mgc_server_starts_total 2\n",
           "mgc_server_unexpected_exits_total 0\n",
           "mgc_elections_total{outcome=\"won\"} 1\n",
           "mgc_elections_total{outcome=\"lost\"} 0\n",
           "mgc_transfer_limit_bytes_per_second 6144000\n",
           "process_resident_memory_bytes 12000000\n",
           "process_cpu_seconds_total 0.25\n",
       }) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(Metrics, SumUpTransfersThatHaveTheSameNames) {
  const auto text = prometheus_text(full());
  for (const auto* const line : {
           "mgc_transfer_bytes{kind=\"mgc_rsync\",peer=\"10.0.0.2:4444\"} 2000\n",
           "mgc_transfer_total_bytes{kind=\"mgc_rsync\",peer=\"10.0.0.2:4444\"} 8000\n",
           "mgc_transfer_rate_bytes_per_second{kind=\"mgc_rsync\",peer=\"10.0.0.2:4444\"} 500\n",
           "mgc_transfer_waited_seconds_total{kind=\"mgc_rsync\",peer=\"10.0.0.2:4444\",for=\"sink\"} 3\n",
       }) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(Metrics, LeaveOutWhatIsNotKnown) {
  const auto text = prometheus_text({});
  for (const auto* const name : {"mgc_wsrep_local_state", "mgc_seqno", "mgc_recv_queue", "mgc_flow_control",
                                 "mgc_transfer", "process_"}) {
    EXPECT_THAT(text, Not(HasSubstr(name)));
  }
}

TEST(Metrics, SayThatNobodyIsWaitedForAndThatCommitsAreNotDurable) {
  const auto text = prometheus_text({});
  EXPECT_THAT(text, HasSubstr("mgc_waits_for_operator 0\n"));
  EXPECT_THAT(text, HasSubstr("mgc_durable_commits 0\n"));
}

TEST(Metrics, TellAPauseFromNoLimit) {
  node_metrics metrics;
  metrics.transfer_limit = shaper::rate::paused();
  EXPECT_THAT(prometheus_text(metrics), HasSubstr("mgc_transfer_limit_bytes_per_second 0\n"));
  metrics.transfer_limit = shaper::rate::unlimited();
  EXPECT_THAT(prometheus_text(metrics), HasSubstr("mgc_transfer_limit_bytes_per_second +Inf\n"));
}

TEST(Metrics, HaveNoSampleTwice) {
  std::istringstream lines{prometheus_text(full())};
  std::set<std::string> seen;
  for (std::string line; std::getline(lines, line);) {
    EXPECT_TRUE(seen.insert(line.substr(0, line.rfind(' '))).second || line[0] == '#') << line;
  }
}

TEST(Metrics, LetNoNameBreakALine) {
  auto metrics = full();
  metrics.transfers[0].peer = "a\"b\\c\nd";
  EXPECT_THAT(prometheus_text(metrics), HasSubstr(R"(peer="a\"b\\c\nd")"));
}

}  // namespace
}  // namespace mgc::orchestrator
