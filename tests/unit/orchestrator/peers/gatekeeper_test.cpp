#include "orchestrator/peers/gatekeeper.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mgc::orchestrator {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const wall_time now{1'760'000'000s};

boost::asio::ip::address at(const char* address) { return boost::asio::ip::make_address(address); }

// node1 and node2; this machine is 10.0.0.1 and 127.0.0.1.
gatekeeper keeper(const std::string& secret_text) {
  node_settings settings;
  settings.nodes = {{1, "", "10.0.0.1"}, {2, "", "10.0.0.2"}};
  settings.cluster_secret = secret{secret_text};
  return {settings,
          [](const auto& address) { return address == at("10.0.0.1") || address == at("127.0.0.1"); },
          [] { return std::string{"challenge"}; }};
}

request_proof proved(const std::string& secret_text, wall_time time = now) {
  request_proof made{"GET", "/v1/report", "challenge", to_proof_time(time), "nonce", ""};
  made.proof = made.sign(proof_key{secret{secret_text}}, "");
  return made;
}

TEST(Gatekeeper, KnowsNodesByTheirAddressesWithoutASecret) {
  auto door = keeper("");
  for (const auto* const good : {"10.0.0.1", "10.0.0.2", "127.0.0.1"}) {
    EXPECT_FALSE(door.may_ask({false, at(good)}, {}, "", now)) << good;
  }
  for (const auto* const bad : {"10.0.0.3", "127.0.0.2", "::1"}) {
    EXPECT_EQ(door.may_ask({false, at(bad)}, {}, "", now).value().status, 403U) << bad;
    EXPECT_TRUE(door.may_look({false, at(bad)}, {}, "", now)) << bad;
  }
}

TEST(Gatekeeper, KnowsNobodyByHisAddressWithASecret) {
  auto door = keeper("right");
  EXPECT_EQ(door.may_ask({false, at("10.0.0.2")}, {}, "", now).value().reason, "not_proved");
  EXPECT_EQ(door.may_ask({false, at("10.0.0.2")}, proved("wrong"), "", now).value().reason, "not_proved");
  EXPECT_FALSE(door.may_ask({false, at("192.0.2.9")}, proved("right"), "", now));
}

TEST(Gatekeeper, LetsThisMachineLookButNotAsk) {
  auto door = keeper("right");
  EXPECT_FALSE(door.may_look({false, at("127.0.0.1")}, {}, "", now));
  EXPECT_TRUE(door.may_ask({false, at("127.0.0.1")}, {}, "", now));
  EXPECT_TRUE(door.may_look({false, at("10.0.0.2")}, {}, "", now));
}

TEST(Gatekeeper, TellsWhoseClockIsWrong) {
  auto door = keeper("right");
  const auto why = door.may_ask({false, at("10.0.0.2")}, proved("right", now + 75s), "", now).value();
  EXPECT_EQ(why.reason, "clock");
  EXPECT_THAT(why.why, HasSubstr("its clock is 75 s ahead of ours, 60 s are allowed"));
}

TEST(Gatekeeper, LetsANodeSpeakForItselfAloneWithoutASecret) {
  const auto door = keeper("");
  canvass of_node2;
  of_node2.what.candidate = 2;
  const std::vector<peer_request> all{of_node2, confirm{of_node2.what}, withdraw{of_node2.what}, announce{2}};
  for (const auto& one : all) {
    EXPECT_FALSE(door.may_say({false, at("10.0.0.2")}, one));
    EXPECT_TRUE(door.may_say({false, at("10.0.0.3")}, one));
  }
  EXPECT_TRUE(door.may_say({false, at("10.0.0.2")}, announce{1}));
  EXPECT_TRUE(door.may_say({false, at("10.0.0.2")}, announce{7})) << "there is no node7";
  EXPECT_FALSE(keeper("right").may_say({false, at("10.0.0.2")}, announce{1}))
      << "who knows the secret is believed";
}

TEST(Gatekeeper, LetsTheOperatorDoEverything) {
  auto door = keeper("right");
  EXPECT_FALSE(door.may_ask({true, {}}, {}, "", now));
  EXPECT_FALSE(door.may_look({true, {}}, {}, "", now));
  EXPECT_FALSE(door.may_say({true, {}}, announce{1}));
}

TEST(Gatekeeper, TakesIPv4WithinIPv6ForWhatItIs) {
  EXPECT_EQ(plain_address(at("::ffff:10.0.0.2")), at("10.0.0.2"));
  EXPECT_EQ(plain_address(at("2001:db8::1")), at("2001:db8::1"));
}

}  // namespace
}  // namespace mgc::orchestrator
