#include "orchestrator/server/server_observation.hpp"

#include <gtest/gtest.h>

namespace mgc::orchestrator {
namespace {

server_observation galera(const std::string& cluster_status, const std::string& state) {
  return observe({{"wsrep_cluster_status", cluster_status}, {"wsrep_local_state_comment", state}});
}

TEST(ServerObservation, ReadsWhatTheServerSays) {
  const auto seen = observe({{"wsrep_ready", "ON"},
                             {"wsrep_cluster_status", "Primary"},
                             {"wsrep_cluster_size", "3"},
                             {"wsrep_cluster_conf_id", "18446744073709551615"},
                             {"wsrep_cluster_state_uuid", "d62ec2be-e6ac-11f1-97de-67dac6908e35"},
                             {"wsrep_local_state_comment", "Synced"},
                             {"wsrep_last_committed", "42"},
                             {"wsrep_local_recv_queue", "rubbish"},
                             {"threads_connected", "5"}});
  EXPECT_TRUE(seen.answers && seen.galera && seen.ready && seen.primary_component);
  EXPECT_EQ(seen.cluster_size, 3U);
  EXPECT_EQ(seen.configuration, 18446744073709551615U);
  EXPECT_EQ(seen.history, "d62ec2be-e6ac-11f1-97de-67dac6908e35");
  EXPECT_EQ(seen.last_committed, 42);
  EXPECT_EQ(seen.receive_queue, 0U);
  EXPECT_EQ(seen.threads_connected, 5U);
}

TEST(ServerState, IsStartingUntilItIsAMember) {
  for (const auto& now :
       {server_observation{}, galera("Disconnected", "Initialized"), galera("non-Primary", "Initialized"),
        galera("Primary", "Joining: receiving State Transfer")})
    EXPECT_EQ(state_of(now, server_state::starting), server_state::starting) << now.state;
}

TEST(ServerState, MemberIsSyncedOrJoinedOrADonor) {
  for (const auto* const state : {"Synced", "Joined", "Donor/Desynced"})
    EXPECT_EQ(state_of(galera("Primary", state), server_state::starting), server_state::primary) << state;
}

TEST(ServerState, MemberThatIsCutOffIsNonPrimaryUntilItIsBack) {
  EXPECT_EQ(state_of(galera("non-Primary", "Initialized"), server_state::primary), server_state::non_primary);
  EXPECT_EQ(state_of(galera("Disconnected", "Initialized"), server_state::non_primary),
            server_state::non_primary);
  EXPECT_EQ(state_of(galera("Primary", "Synced"), server_state::non_primary), server_state::primary);
}

TEST(ServerState, SilenceChangesNothing) {
  for (const auto before : {server_state::starting, server_state::primary, server_state::non_primary})
    EXPECT_EQ(state_of({}, before), before);
}

TEST(ServerState, WithoutGaleraItIsThereWhenItAnswers) {
  EXPECT_EQ(state_of(observe({{"threads_connected", "1"}}), server_state::starting), server_state::primary);
}

}  // namespace
}  // namespace mgc::orchestrator
