#include "orchestrator/server/grastate.hpp"

#include <gmock/gmock.h>

namespace mgc::orchestrator {
namespace {

using testing::HasSubstr;

const std::string id = "d62ec2be-e6ac-11f1-97de-67dac6908e35";
const std::string zeros = "00000000-0000-0000-0000-000000000000";

// As Galera 26.4 writes it.
TEST(Grastate, OfARunningServer) {
  const auto text =
      "# GALERA saved state\nversion: 2.1\nuuid:    " + id + "\nseqno:   -1\nsafe_to_bootstrap: 1\n";
  const auto state = parse_grastate(text);
  ASSERT_TRUE(state) << state.error();
  EXPECT_EQ(*state, (grastate{id, -1, true}));
  EXPECT_EQ(to_text(*state), text);
}

TEST(Grastate, OfAStoppedServer) {
  EXPECT_EQ(*parse_grastate("uuid: " + id + "\nseqno: 4711\nsafe_to_bootstrap: 0\n"),
            (grastate{id, 4711, false}));
}

TEST(Grastate, ZerosAreNoHistory) {
  const auto state = parse_grastate("uuid: " + zeros + "\nseqno: -1\n");
  ASSERT_TRUE(state);
  EXPECT_EQ(state->history, "");
  EXPECT_FALSE(state->safe_to_bootstrap) << "a line that is not there proves nothing";
  EXPECT_THAT(to_text(*state), HasSubstr(zeros));
}

TEST(Grastate, LineEndsBlanksCaseAndUnknownKeysDoNotMatter) {
  EXPECT_EQ(
      *parse_grastate("#x\r\n\r\nfuture: 1\r\nuuid:\tD62EC2BE-e6ac-11f1-97de-67dac6908e35 \r\nseqno: 7\r"),
      (grastate{id, 7, {}}));
}

TEST(Grastate, WhatIsWrongIsNamed) {
  EXPECT_EQ(parse_grastate("").error(), "is empty");
  EXPECT_EQ(parse_grastate("seqno: 1\n").error(), "has no uuid");
  EXPECT_EQ(parse_grastate("uuid: " + id + "\n").error(), "has no seqno");
  EXPECT_EQ(parse_grastate("#\nuuid: " + id + "0\n").error(), "line 2: '" + id + "0' is no UUID");
  EXPECT_THAT(parse_grastate("uuid: " + id + "\nseqno: 1x\n").error(), HasSubstr("line 2: '1x' is no seqno"));
  EXPECT_THAT(parse_grastate("uuid: " + id + "\nseqno: -2\n").error(), HasSubstr("'-2' is no seqno"));
  EXPECT_THAT(parse_grastate("uuid: " + id + "\nseqno: 99999999999999999999\n").error(),
              HasSubstr("is no seqno"));
  EXPECT_THAT(parse_grastate("uuid: " + id + "\nseqno: 1\nsafe_to_bootstrap: yes\n").error(),
              HasSubstr("0 and 1 are allowed"));
}

}  // namespace
}  // namespace mgc::orchestrator
