#include "orchestrator/peers/peer_proof.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mgc::orchestrator {
namespace {

using namespace std::chrono_literals;

const proof_key key{secret{"correct horse battery staple"}};
const wall_time now{1'760'000'000'000ms};
constexpr auto body = R"({"announce":{"node":3}})";

// The first challenge is "c1", the next "c2".
proof_guard guard(std::size_t most = most_nonces) {
  return {key, [count = 0]() mutable { return "c" + std::to_string(++count); }, most};
}

request_proof request(const std::string& nonce = "n1", wall_time time = now,
                      const std::string& challenge = "c1") {
  request_proof made{"POST", "/v1/request", challenge, to_proof_time(time), nonce, ""};
  made.proof = made.sign(key, body);
  return made;
}

TEST(PeerProof, IsTheOneOfTheExample) {
  const request_proof example{"POST",
                              "/v1/request",
                              "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
                              "1760000000000",
                              "00112233445566778899aabbccddeeff",
                              ""};
  const auto proof = example.sign(key, body);
  EXPECT_EQ(proof, "2d3b9a005f7d4de3d34e00fa6af66a98b4959ae5aa29937340a67d59810a7b02");
  EXPECT_EQ(sign_answer(key, {200, example.challenge, "1760000000005", proof}, "{}"),
            "0fafe72df5281258493e3b7be71d96ddf13dcb9bbd3ddcbe82e98d7cebbd6407");
}

TEST(PeerProof, IsTakenOnce) {
  auto door = guard();
  EXPECT_EQ(door.check(request(), body, now), std::nullopt);
  EXPECT_EQ(door.check(request(), body, now), refusal::replayed);
  EXPECT_EQ(door.check(request("n2"), body, now), std::nullopt);
}

TEST(PeerProof, CoversEverythingThatIsSaid) {
  auto door = guard();
  const auto refuses = [&](auto change) {
    auto changed = request();
    change(changed);
    return door.check(changed, body, now) == refusal::not_proved;
  };
  EXPECT_TRUE(refuses([](auto& r) { r.method = "GET"; }));
  EXPECT_TRUE(refuses([](auto& r) { r.target = "/v1/report"; }));
  EXPECT_TRUE(refuses([](auto& r) { r.challenge = "c2"; }));
  EXPECT_TRUE(refuses([](auto& r) { r.time += "0"; }));
  EXPECT_TRUE(refuses([](auto& r) { r.nonce = "n2"; }));
  EXPECT_TRUE(refuses([](auto& r) { r.proof.pop_back(); }));
  EXPECT_TRUE(refuses([](auto& r) { r.proof[0] = r.proof[0] == '0' ? '1' : '0'; }));
  EXPECT_TRUE(refuses([](auto& r) { r.proof.clear(); }));
  EXPECT_EQ(door.check(request(), R"({"announce":{"node":4}})", now), refusal::not_proved);
  EXPECT_EQ(door.check(request(), body, now), std::nullopt) << "what was refused has used up nothing";
}

TEST(PeerProof, NeedsTheSameSecret) {
  auto made = request();
  made.proof = made.sign(proof_key{secret{"correct horse battery stapl"}}, body);
  EXPECT_EQ(guard().check(made, body, now), refusal::not_proved);
}

TEST(PeerProof, NeedsThePresentChallenge) {
  EXPECT_EQ(guard().check(request("n1", now, ""), body, now), refusal::challenge);
  EXPECT_EQ(guard().check(request("n1", now, "of an earlier run"), body, now), refusal::challenge);
}

TEST(PeerProof, BearsClocksThatDifferByAMinute) {
  auto door = guard();
  EXPECT_EQ(door.check(request("n1", now - 60s), body, now), std::nullopt);
  EXPECT_EQ(door.check(request("n2", now + 60s), body, now), std::nullopt);
  EXPECT_EQ(door.check(request("n3", now - 60s - 1ms), body, now), refusal::clock);
  EXPECT_EQ(door.check(request("n4", now + 60s + 1ms), body, now), refusal::clock);
}

TEST(PeerProof, RefusesATimeThatIsNone) {
  for (const std::string time :
       {"", "-1", "soon", "1760000000000 ", "99999999999999999999", "9223372036854775807"}) {
    auto made = request();
    made.time = time;
    made.proof = made.sign(key, body);
    EXPECT_EQ(guard().check(made, body, now), refusal::clock) << time;
  }
}

TEST(PeerProof, RemembersANonceAsLongAsItsTimeWouldDo) {
  auto door = guard();
  const auto early = request("n1", now + 60s);
  EXPECT_EQ(door.check(early, body, now), std::nullopt);
  EXPECT_EQ(door.check(early, body, now + 120s), refusal::replayed);
  EXPECT_EQ(door.check(early, body, now + 120s + 1ms), refusal::clock);
}

TEST(PeerProof, MakesAllVoidWhenItRemembersTooMuch) {
  auto door = guard(3);
  for (const auto* const nonce : {"n1", "n2", "n3"})
    EXPECT_EQ(door.check(request(nonce), body, now), std::nullopt);
  EXPECT_EQ(door.check(request("n1"), body, now), refusal::challenge);
  EXPECT_EQ(door.challenge(), "c2");
  EXPECT_EQ(door.check(request("n1", now, "c2"), body, now), std::nullopt);
}

TEST(PeerProof, MakesAllVoidWhenTheClockIsSetBack) {
  auto door = guard();
  const auto recorded = request();
  EXPECT_EQ(door.check(recorded, body, now), std::nullopt);
  EXPECT_EQ(door.check(request("n2", now + 600s), body, now + 600s), std::nullopt) << "n1 is forgotten";
  EXPECT_EQ(door.check(recorded, body, now), refusal::challenge);
}

TEST(PeerProof, OfAnAnswerCoversEverythingThatIsSaid) {
  const answer_proof answer{200, "c1", "17", "proof"};
  const auto proof = sign_answer(key, answer, "{}");
  const auto differs = [&](auto change) {
    auto changed = answer;
    change(changed);
    return sign_answer(key, changed, "{}") != proof;
  };
  EXPECT_TRUE(differs([](auto& a) { a.status = 401; }));
  EXPECT_TRUE(differs([](auto& a) { a.challenge = "c2"; }));
  EXPECT_TRUE(differs([](auto& a) { a.time = "18"; }));
  EXPECT_TRUE(differs([](auto& a) { a.request = "another"; }));
  EXPECT_NE(sign_answer(key, answer, "[]"), proof);
  EXPECT_NE(sign_answer(proof_key{secret{"x"}}, answer, "{}"), proof);
}

TEST(PeerProof, TellsByHowMuchClocksDiffer) {
  EXPECT_EQ(clock_difference(now + 75s, now), "its clock is 75 s ahead of ours");
  EXPECT_EQ(clock_difference(now - 3600s, now), "its clock is 3600 s behind ours");
}

}  // namespace
}  // namespace mgc::orchestrator
