// The operators' socket of a node that runs, as the commands of `mgc` use it.

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <thread>

#include "orchestrator/bootstrap_program.hpp"
#include "orchestrator/health_program.hpp"
#include "orchestrator/peers/local_client.hpp"
#include "orchestrator/status_program.hpp"
#include "tests/integration/orchestrator/peer_node.hpp"

namespace mgc::orchestrator {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// A node whose context runs in a thread of its own, because the commands block.
class LocalSocket : public testing::Test {
 protected:
  LocalSocket() { node_.face.well = {true, false, true, "supervising", "gives its state to node2"}; }
  ~LocalSocket() override { stop(); }

  void start() {
    running_ = std::thread{[this] { context_.run(); }};
  }
  void stop() {
    if (!running_.joinable()) return;
    asio::post(context_, [this] { node_.server.reset(); });
    running_.join();
  }

  // The exit code of a command, with --run-dir; what it prints is in `printed` and `complained`.
  int run(int (*program)(int, const char* const*), std::vector<std::string> words) {
    words.insert(words.end(), {"--run-dir", node_.folder.path()});
    std::vector<const char*> argv{"command"};
    for (const auto& word : words) argv.push_back(word.c_str());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = program(static_cast<int>(argv.size()), argv.data());
    printed = testing::internal::GetCapturedStdout();
    complained = testing::internal::GetCapturedStderr();
    return code;
  }

  std::string socket_path() const { return local_socket(node_.folder.path()); }

  std::string printed;
  std::string complained;
  asio::io_context context_;
  listening_node node_{context_, 1, free_port(), "right"};
  std::thread running_;
};

TEST_F(LocalSocket, IsForItsOwnerAlone) {
  struct stat is {};
  ASSERT_EQ(::stat(socket_path().c_str(), &is), 0);
  EXPECT_EQ(is.st_mode & 07777, 0600U);
}

TEST_F(LocalSocket, AsksTheKernelWhoItIs) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to be somebody else";
  start();
  for (const auto& path : {node_.folder.path(), socket_path()}) ASSERT_EQ(::chmod(path.c_str(), 0777), 0);
  const auto child = ::fork();
  if (child == 0) {
    if (::setresuid(65534, 65534, 65534) != 0) ::_exit(3);
    const auto answer = ask_locally(node_.folder.path(), "/v1/status", "", 5s);
    ::_exit(answer ? 4 : 0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST_F(LocalSocket, NeedsNoSecret) {
  start();
  const auto answer = ask_locally(node_.folder.path(), "/v1/report", "", 5s);
  ASSERT_TRUE(answer) << answer.error().why;
  EXPECT_EQ(answer->status, 200U);
}

TEST_F(LocalSocket, GoesWithItsNode) {
  node_.server.reset();
  EXPECT_NE(::access(socket_path().c_str(), F_OK), 0);
  const auto answer = ask_locally(node_.folder.path(), "/v1/report", "", 5s);
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().nobody_listens);
}

TEST_F(LocalSocket, ThatAKilledOneLeftIsReplaced) {
  node_.server.reset();
  {
    asio::io_context other;
    const asio::local::stream_protocol::acceptor left{other, socket_path()};
  }
  ASSERT_EQ(::access(socket_path().c_str(), F_OK), 0);
  const auto nobody = ask_locally(node_.folder.path(), "/v1/report", "", 5s);
  ASSERT_FALSE(nobody);
  EXPECT_TRUE(nobody.error().nobody_listens);
  EXPECT_NO_THROW(node_.server.emplace(context_, node_.settings, node_.face));
}

TEST_F(LocalSocket, ThatIsInUseIsLeftAlone) {
  auto second = node_.settings;
  second.ports.peer = free_port();
  try {
    const peer_server server{context_, second, node_.face};
    FAIL() << "it listens";
  } catch (const std::exception& why) {
    EXPECT_THAT(why.what(), HasSubstr("another 'mgc run' listens at " + socket_path()));
  }
}

TEST_F(LocalSocket, OfASilentProgramIsGivenUp) {
  const temporary_folder folder;
  asio::io_context other;
  const asio::local::stream_protocol::acceptor silent{other, local_socket(folder.path())};
  const auto answer = ask_locally(folder.path(), "/healthz", "", 100ms);
  ASSERT_FALSE(answer);
  EXPECT_FALSE(answer.error().nobody_listens);
  EXPECT_THAT(answer.error().why, HasSubstr("did not answer in time"));
}

TEST_F(LocalSocket, TellsHealthByExitCode) {
  start();
  EXPECT_EQ(run(run_health, {"live"}), 0);
  EXPECT_EQ(printed, "live: supervising: gives its state to node2\n");
  EXPECT_EQ(run(run_health, {"ready"}), 1);
  EXPECT_EQ(printed, "not ready: supervising: gives its state to node2\n");
  EXPECT_EQ(run(run_health, {"donor-ok"}), 0);
  EXPECT_EQ(run(run_health, {"alive"}), 2);
  EXPECT_THAT(complained, HasSubstr("allowed are live, ready, donor-ok"));
  EXPECT_EQ(run(run_health, {}), 2);
  stop();
  EXPECT_EQ(run(run_health, {"live"}), 1);
  EXPECT_THAT(complained, HasSubstr("'mgc run' does not run here"));
}

TEST_F(LocalSocket, TakesTheOrderToBootstrapOnlyByForce) {
  start();
  EXPECT_EQ(run(run_bootstrap, {}), 0);
  EXPECT_THAT(printed, StartsWith("transactions of node2 may be lost\nNothing was done."));
  EXPECT_EQ(run(run_bootstrap, {"--yes"}), 2);
  EXPECT_EQ(run(run_bootstrap, {"--force", "--yes"}), 0);
  stop();
  EXPECT_THAT(node_.face.forced, ElementsAre(false, false, true));
}

TEST_F(LocalSocket, TellsWhenABootstrapIsRefused) {
  node_.face.bootstrap_answer = {false, "this node is in a Primary component\033[2J"};
  start();
  EXPECT_EQ(run(run_bootstrap, {"--force", "--yes"}), 1);
  EXPECT_EQ(printed, "this node is in a Primary component\\x1b[2J\n");
  stop();
  EXPECT_THAT(node_.face.forced, ElementsAre(false));
}

TEST_F(LocalSocket, ShowsTheNodeInTheStatus) {
  node_.face.told.phase = "waiting";
  start();
  EXPECT_EQ(run(run_status, {"--budget", node_.folder / "none"}), 2)
      << "a budget that was asked for must be there";
  EXPECT_EQ(run(run_status, {}), 0) << complained;
  EXPECT_THAT(printed,
              StartsWith("node1 (127.0.0.11): waiting, server down, position empty, in no cluster\n"));
  EXPECT_EQ(run(run_status, {"--json"}), 0);
  EXPECT_THAT(printed, StartsWith(R"({"node":{"node":1,"address":"127.0.0.11",)"));
}

}  // namespace
}  // namespace mgc::orchestrator
