#pragma once

#include "orchestrator/election/node_report.hpp"

namespace mgc::test {

// A report in which no field is as it is in an empty one.
inline orchestrator::node_report made_up_report() {
  using namespace orchestrator;
  node_report report;
  report.node = 3;
  report.run = "5f0c";
  report.nodes = {"1=10.0.0.1", "3=10.0.0.3"};
  report.cluster_name = "orders";
  report.server = server_state::non_primary;
  report.data = {data_kind::crashed, "6b5f1c2e-0000-11ee-8000-0123456789ab", 4711, true,
                 recorded_view{"me-me", {"me-me", "you-you"}, 12, 7, true}};
  report.epochs = {{1, "aa", no_seqno}, {7, "bb", 4000}};
  report.noted_at = 4100;
  report.newest_epoch = 9;
  report.companions = {{1, "ee"}, {2, ""}};
  report.untouched = true;
  report.caught_up = true;
  report.members = {"10.0.0.1:3307", "[fd00::2]:3307"};
  report.pledges = {{"cc", 1, "ff", 8}};
  report.memory = "0123";
  report.campaign = ballot{"dd", 3, "0123", 8};
  report.phase = "waiting";
  report.reason = "for node2: \"no route\"";
  report.server_version = "10.11.19";
  report.wsrep_state = "Initialized";
  report.cluster_size = 2;
  return report;
}

}  // namespace mgc::test
