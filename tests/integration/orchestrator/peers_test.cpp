// Two nodes that talk over real sockets, and everything that may come between them.

#include <gmock/gmock.h>

#include <list>

#include "orchestrator/peers/gatekeeper.hpp"
#include "orchestrator/peers/peer_codec.hpp"
#include "tests/integration/orchestrator/peer_node.hpp"

namespace mgc::orchestrator {
namespace {

using namespace test;
using testing::HasSubstr;
using testing::StartsWith;

canvass candidacy_of(node_number candidate) {
  canvass asked;
  asked.what = {"ballot", candidate, "memory", 1};
  return asked;
}

class Peers : public testing::TestWithParam<const char*> {
 protected:
  // What node1 is told by a client that is node2 and has this secret.
  peer_result<node_report> report_for(const std::string& secret, std::chrono::milliseconds patience = 5s) {
    peer_client client{context, settings_of(2, port, secret, "")};
    return run(context, client.report(1, within(patience)));
  }

  asio::io_context context;
  std::uint16_t port = free_port();
  log_capture log;
};

TEST_P(Peers, TellTheirReport) {
  listening_node node{context, 1, port, GetParam()};
  const auto report = report_for(GetParam());
  ASSERT_TRUE(report) << report.error();
  EXPECT_EQ(report->run, "run of node1");
}

TEST_P(Peers, AnswerRequestsOneAfterTheOther) {
  listening_node node{context, 1, port, GetParam()};
  peer_client client{context, settings_of(2, port, GetParam(), "")};
  for (int i = 0; i < 3; ++i) {
    const auto answer = run(context, client.ask(1, candidacy_of(2), within(5s)));
    ASSERT_TRUE(answer) << answer.error();
    EXPECT_TRUE(answer->agreed);
    EXPECT_EQ(answer->report.node, 1U);
  }
  ASSERT_EQ(node.face.asked.size(), 3U);
  EXPECT_EQ(std::get<canvass>(node.face.asked[0]).what.candidate, 2U);
}

TEST_P(Peers, GoOnAfterTheListenerWasRestarted) {
  std::optional<listening_node> node{std::in_place, context, 1, port, GetParam()};
  peer_client client{context, settings_of(2, port, GetParam(), "")};
  ASSERT_TRUE(run(context, client.report(1, within(5s))));
  node.reset();
  const auto gone = run(context, client.report(1, within(5s)));
  ASSERT_FALSE(gone);
  EXPECT_THAT(gone.error(), StartsWith("node1 (127.0.0.11:"));
  EXPECT_THAT(gone.error(), HasSubstr("nobody listens there"));
  node.emplace(context, 1, port, GetParam());
  const auto again = run(context, client.report(1, within(5s)));
  EXPECT_TRUE(again) << again.error();
}

TEST_P(Peers, SeveralAskAtOnce) {
  listening_node node{context, 1, port, GetParam()};
  peer_client client{context, settings_of(2, port, GetParam(), "")};
  int good = 0;
  for (int i = 0; i < 10; ++i) {
    asio::co_spawn(context, client.report(1, within(5s)), [&](std::exception_ptr, const auto& report) {
      if (report) ++good;
    });
  }
  ASSERT_TRUE(run(context, client.report(1, within(5s))));
  context.run_for(200ms);
  EXPECT_EQ(good, 10);
}

TEST_P(Peers, SayThatTheJournalFailedAndGoOn) {
  listening_node node{context, 1, port, GetParam()};
  node.face.broken = true;
  peer_client client{context, settings_of(2, port, GetParam(), "")};
  const auto answer = run(context, client.ask(1, announce{2}, within(5s)));
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error(), HasSubstr("this node could not answer"));
  EXPECT_THAT(log.text(), HasSubstr("the journal cannot be written"));
  EXPECT_TRUE(run(context, client.report(1, within(5s))));
}

INSTANTIATE_TEST_SUITE_P(WithAndWithoutASecret, Peers, testing::Values("correct horse", ""),
                         [](const auto& one) { return *one.param == '\0' ? "Without" : "With"; });

using PeerSecrets = Peers;

TEST_F(PeerSecrets, ThatDifferAreToldOnBothSides) {
  listening_node node{context, 1, port, "right"};
  const auto report = report_for("wrong");
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error(), HasSubstr("node1 (127.0.0.11:"));
  EXPECT_THAT(report.error(), HasSubstr("does not know our cluster_secret"));
  EXPECT_THAT(log.text(),
              HasSubstr("refused /v1/report to 127.0.0.12: this node has another cluster_secret"));
}

TEST_F(PeerSecrets, ThatOnlyTheListenerHasAreToldOnBothSides) {
  listening_node node{context, 1, port, "right"};
  const auto report = report_for("");
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error(),
              HasSubstr("it refuses: this node has a cluster_secret, and the request proves none"));
  EXPECT_THAT(log.text(), HasSubstr("the request proves none"));
}

TEST_F(PeerSecrets, ThatOnlyTheAskerHasAreToldOnBothSides) {
  listening_node node{context, 1, port, ""};
  const auto report = report_for("right");
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error(), HasSubstr("it has no cluster_secret, and we have one"));
  EXPECT_THAT(log.text(), HasSubstr("this node has no cluster_secret"));
  EXPECT_THAT(log.text(), HasSubstr("cluster_secret is not set"));
}

TEST_F(PeerSecrets, AreNeverInTheLog) {
  listening_node node{context, 1, port, "right-and-long"};
  (void)report_for("wrong-and-long");
  EXPECT_THAT(log.text(), Not(HasSubstr("and-long")));
}

// What a peer has sent, as somebody on the network has recorded it.
std::string recorded_report_request(const std::string& secret_text, const std::string& challenge) {
  const proof_key key{secret{secret_text}};
  request_proof proof{"GET",
                      "/v1/report",
                      challenge,
                      to_proof_time(std::chrono::system_clock::now()),
                      "00112233445566778899aabbccddeeff",
                      ""};
  proof.proof = proof.sign(key, "");
  return "GET /v1/report HTTP/1.1\r\nHost: x\r\nMGC-Challenge: " + challenge + "\r\nMGC-Time: " + proof.time +
         "\r\nMGC-Nonce: " + proof.nonce + "\r\nMGC-Proof: " + proof.proof + "\r\n\r\n";
}

std::string challenge_in(const std::string& answer) {
  const std::string name = "MGC-Challenge: ";
  return answer.substr(answer.find(name) + name.size(), 32);
}

TEST_F(PeerSecrets, MakeNoReplayUseful) {
  std::optional<listening_node> node{std::in_place, context, 1, port, "right"};
  const auto challenge =
      challenge_in(raw_connection{context, port}.ask(recorded_report_request("right", "")));
  const auto recorded = recorded_report_request("right", challenge);
  EXPECT_THAT((raw_connection{context, port}.ask(recorded)), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT((raw_connection{context, port}.ask(recorded)), HasSubstr(R"("refusal":"replayed")"));
  node.reset();
  node.emplace(context, 1, port, "right");
  EXPECT_THAT((raw_connection{context, port}.ask(recorded)), HasSubstr(R"("refusal":"challenge")"));
}

TEST_F(PeerSecrets, LetNobodyAnswerInAPeersPlace) {
  tcp::acceptor impostor{context, {asio::ip::make_address("127.0.0.11"), port}};
  const auto body = to_json(node_report{});
  const auto answer = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        auto socket = co_await impostor.async_accept(asio::use_awaitable);
        co_await asio::async_write(socket, asio::buffer(answer), asio::use_awaitable);
      },
      [](std::exception_ptr) {});
  const auto report = report_for("right");
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error(), HasSubstr("it proves no cluster_secret"));
}

using PeerStrangers = Peers;

TEST_F(PeerStrangers, LearnNothingWithoutASecret) {
  listening_node node{context, 1, port, ""};
  raw_connection stranger{context, port, "127.0.0.99"};
  for (const std::string target : {"GET /v1/report", "GET /v1/status"}) {
    const auto answer = stranger.ask(target + " HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 403")) << target;
    EXPECT_THAT(answer, HasSubstr("127.0.0.99 is not the address of a configured node"));
  }
  EXPECT_THAT(log.text(), HasSubstr("127.0.0.99"));
}

TEST_F(PeerStrangers, LearnNothingWithASecret) {
  listening_node node{context, 1, port, "right"};
  raw_connection stranger{context, port, "127.0.0.12"};
  EXPECT_THAT(stranger.ask("GET /v1/report HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 401"));
  const auto body = to_json(peer_request{candidacy_of(2)});
  EXPECT_THAT(stranger.ask("POST /v1/request HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                           std::to_string(body.size()) + "\r\n\r\n" + body),
              StartsWith("HTTP/1.1 401"));
  EXPECT_TRUE(node.face.asked.empty());
}

TEST_F(PeerStrangers, MayAskForHealthAndMetrics) {
  listening_node node{context, 1, port, "right"};
  node.face.well = {true, false, false, "waiting", "for node2"};
  raw_connection stranger{context, port, "127.0.0.99"};
  const auto healthz = stranger.ask("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(healthz, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(healthz, HasSubstr(R"("phase":"waiting","reason":"for node2")"));
  EXPECT_THAT(stranger.ask("GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 503"));
  node.face.well = {false, true, true, "", ""};
  EXPECT_THAT(stranger.ask("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(stranger.ask("GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  const auto metrics = stranger.ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(metrics, HasSubstr("Content-Type: text/plain; version=0.0.4"));
  EXPECT_THAT(metrics, HasSubstr("mgc_cluster_size 0"));
}

TEST_F(PeerStrangers, GetNoOrderAcrossTheNetwork) {
  listening_node node{context, 1, port, ""};
  raw_connection peer{context, port, "127.0.0.12"};
  const auto answer =
      peer.ask("POST /v1/admin/bootstrap HTTP/1.1\r\nHost: x\r\nContent-Length: 15\r\n\r\n{\"really\":true}");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 403"));
  EXPECT_TRUE(node.face.forced.empty());
}

TEST_F(PeerStrangers, AreToldWhatIsWrong) {
  listening_node node{context, 1, port, ""};
  const auto told = [&](const std::string& request) {
    return raw_connection{context, port, "127.0.0.12"}.ask(request);
  };
  EXPECT_THAT(told("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(told("PUT /healthz HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(told("\x16\x03\x01 hello\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(told("POST /v1/request HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"),
              HasSubstr("no request that"));
  EXPECT_THAT(told("POST /v1/request HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n"),
              StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(told("GET /" + std::string(9000, 'x') + " HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 431"));
  EXPECT_TRUE(node.face.asked.empty());
}

TEST_F(PeerStrangers, DoNotSpeakForAnotherNode) {
  listening_node node{context, 1, port, ""};
  peer_client client{context, settings_of(2, port, "", "")};
  const auto answer = run(context, client.ask(1, announce{1}, within(5s)));
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error(), HasSubstr("127.0.0.12 does not speak for node1"));
  EXPECT_TRUE(node.face.asked.empty());
}

TEST_F(PeerStrangers, CannotKeepPeersOut) {
  server_limits limits;
  limits.connections = 20;
  limits.connections_of_one = 8;
  listening_node node{context, 1, port, "right", limits};
  std::vector<std::unique_ptr<raw_connection>> crowd;
  for (int i = 0; i < 60; ++i) {
    crowd.push_back(
        std::make_unique<raw_connection>(context, port, "127.0.0." + std::to_string(100 + i % 6)));
    crowd.back()->say("GET /healthz HT");
  }
  const auto report = report_for("right");
  EXPECT_TRUE(report) << report.error();
  int open = 0;
  for (auto& one : crowd) {
    (void)one->hear(1ms);
    if (!one->closed) ++open;
  }
  EXPECT_LE(open, 20);
  EXPECT_GT(open, 0);
}

TEST_F(PeerStrangers, AreClosedHoweverTheyDribble) {
  server_limits limits;
  limits.to_say = 500ms;
  listening_node node{context, 1, port, "", limits};
  raw_connection slow{context, port};
  const auto began = std::chrono::steady_clock::now();
  while (!slow.closed && std::chrono::steady_clock::now() < began + 10s) {
    slow.say("x");
    (void)slow.hear(50ms);
  }
  EXPECT_TRUE(slow.closed);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
}

using PeerFailures = Peers;

TEST_F(PeerFailures, ASilentPeerIsGivenUpAtTheDeadline) {
  tcp::acceptor silent{context, {asio::ip::make_address("127.0.0.11"), port}};
  const auto began = std::chrono::steady_clock::now();
  const auto report = report_for("right", 300ms);
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error(), HasSubstr("it took the connection and did not answer in time"));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 3s);
}

TEST_F(PeerFailures, APeerThatDropsPacketsIsGivenUpAtTheDeadline) {
  // A full backlog drops them as a firewall does.
  tcp::acceptor full{context};
  full.open(tcp::v4());
  full.bind({asio::ip::make_address("127.0.0.11"), port});
  full.listen(0);
  std::list<tcp::socket> filling;
  for (int i = 0; i < 4; ++i) {
    filling.emplace_back(context).async_connect({asio::ip::make_address("127.0.0.11"), port},
                                                [](boost::system::error_code) {});
  }
  context.run_for(50ms);
  const auto report = report_for("right", 300ms);
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error(), HasSubstr("no connection in time"));
  EXPECT_THAT(report.error(), HasSubstr(std::to_string(port)));
}

// Somebody at node1's address who answers so to every request, and how often he was connected to.
struct other_program {
  other_program(asio::io_context& context, std::uint16_t port, std::string answer)
      : acceptor{context, {asio::ip::make_address("127.0.0.11"), port}}, says{std::move(answer)} {
    asio::co_spawn(context, accept(), [](std::exception_ptr) {});
  }
  asio::awaitable<void> accept() {
    for (;;) {
      auto socket = co_await acceptor.async_accept(asio::use_awaitable);
      ++connections;
      asio::co_spawn(acceptor.get_executor(), answer(std::move(socket)), [](std::exception_ptr) {});
    }
  }
  asio::awaitable<void> answer(tcp::socket socket) {
    std::array<char, 4096> request{};
    for (;;) {
      co_await socket.async_read_some(asio::buffer(request), asio::use_awaitable);
      co_await asio::async_write(socket, asio::buffer(says), asio::use_awaitable);
    }
  }
  tcp::acceptor acceptor;
  std::string says;
  int connections = 0;
};

TEST_F(PeerFailures, AnAnswerIsNeverLongerThanAllowed) {
  other_program endless{context, port, "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n{"};
  const auto report = report_for("");
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error(), HasSubstr("its answer is too long"));
}

TEST_F(PeerFailures, AnAnswerThatIsNotOursIsExplained) {
  other_program other{context, port, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"};
  EXPECT_THAT(report_for("").error(), HasSubstr("not JSON"));
  other.says = "SSH-2.0-OpenSSH\r\n\r\n";
  EXPECT_THAT(report_for("").error(), HasSubstr("is it an mgc?"));
  other.says = "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}";
  EXPECT_THAT(report_for("").error(), HasSubstr("HTTP status 404: is it an mgc?"));
}

TEST_F(PeerFailures, AConnectionIsUsedAgain) {
  const auto body = to_json(node_report{});
  other_program other{
      context, port, "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body};
  peer_client client{context, settings_of(2, port, "", "")};
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(run(context, client.report(1, within(5s))));
  EXPECT_EQ(other.connections, 1);
}

TEST_F(PeerFailures, ClosingEndsWhatIsUnderWay) {
  tcp::acceptor silent{context, {asio::ip::make_address("127.0.0.11"), port}};
  peer_client client{context, settings_of(2, port, "", "")};
  asio::steady_timer soon{context, 50ms};
  soon.async_wait([&](boost::system::error_code) { client.close(); });
  const auto report = run(context, client.report(1, within(15s)));
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error(), HasSubstr("we are stopping"));
}

TEST_F(PeerFailures, APortInUseIsNamed) {
  listening_node first{context, 1, port, ""};
  try {
    listening_node second{context, 1, port, ""};
    FAIL() << "it listens";
  } catch (const std::exception& why) {
    EXPECT_THAT(why.what(), HasSubstr("127.0.0.11 port " + std::to_string(port)));
    EXPECT_THAT(why.what(), HasSubstr("peer_port"));
  }
}

TEST_F(PeerFailures, IPv6IsAsGood) {
  auto settings = settings_of(1, free_port("::1"), "right", "");
  temporary_folder folder;
  settings.directories.run = folder.path();
  settings.address = settings.nodes[0].address = "::1";
  made_up_face face;
  const peer_server server{context, settings, face};
  peer_client client{context, settings};
  const auto report = run(context, client.report(1, within(5s)));
  EXPECT_TRUE(report) << report.error();
}

}  // namespace
}  // namespace mgc::orchestrator
