#include "orchestrator/server/recovered_position.hpp"

#include <gtest/gtest.h>

namespace mgc::orchestrator {
namespace {

const std::string id = "d62ec2be-e6ac-11f1-97de-67dac6908e35";
const std::string intro = "2026-11-22 19:42:23 0 [Note] WSREP: Recovered position: ";

TEST(RecoveredPosition, IsThatOfTheLastLineThatTellsOne) {
  const auto said =
      read_recovery_log("noise\n" + intro + id + ":1\n" + intro + id + ":42\nmore\n" + intro + "what\n");
  EXPECT_EQ(said.position, (recovered_position{id, 42}));
  EXPECT_FALSE(said.prepared_transactions);
  EXPECT_FALSE(said.galera_is_off);
}

TEST(RecoveredPosition, MayBeFollowedByAGtid) {
  EXPECT_EQ(read_recovery_log(intro + id + ":42,0-1-99\n").position, (recovered_position{id, 42}));
}

TEST(RecoveredPosition, OfZerosIsNoHistory) {
  EXPECT_EQ(read_recovery_log(intro + "00000000-0000-0000-0000-000000000000:-1\n").position,
            recovered_position{});
}

TEST(RecoveredPosition, IsNotMadeUp) {
  for (const auto& text :
       {std::string{}, intro, intro + id, intro + id + ":", intro + id + ":-2", intro + id + ":1x"})
    EXPECT_FALSE(read_recovery_log(text).position) << text;
}

TEST(RecoveryLog, TellsWhyThereIsNone) {
  EXPECT_TRUE(read_recovery_log("0 [ERROR] Found 2 prepared transactions! It means that ...\n")
                  .prepared_transactions);
  EXPECT_FALSE(read_recovery_log("0 [Note] InnoDB: Found 2 prepared transaction(s)\n").prepared_transactions);
  EXPECT_TRUE(read_recovery_log("0 [Note] WSREP: disabled, skipping position recovery\n").galera_is_off);
}

}  // namespace
}  // namespace mgc::orchestrator
