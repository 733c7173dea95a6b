// The life of a real server: start, watch, pause, crash, end.

#include <gmock/gmock.h>

#include "tests/integration/orchestrator/server/running_node.hpp"

namespace mgc::orchestrator {
namespace {

using namespace std::chrono_literals;
using test::running_node;
using testing::HasSubstr;

TEST(ServerProcess, FoundsAClusterAndIsSeenToBePrimary) {
  running_node node;
  node.found_cluster();
  EXPECT_EQ(node.seen.state, "Synced");
  EXPECT_EQ(node.seen.cluster_size, 1U);
  EXPECT_TRUE(node.seen.ready);
  EXPECT_EQ(node.seen.history.size(), 36U);
  EXPECT_EQ(node.seen.gcomm_id.size(), 36U);
  EXPECT_GE(node.seen.threads_connected, 1U);
  EXPECT_THAT(node.seen.version, HasSubstr("MariaDB"));
  EXPECT_TRUE(node.stop().good());
}

TEST(ServerProcess, TellsTheExitCodeOfAServerThatDoesNotStart) {
  running_node node;
  node.start({.further = {"--innodb-log-group-home-dir=/nowhere"}});
  EXPECT_FALSE(node.end().good());
}

TEST(ServerProcess, TellsTheSignalThatKilledIt) {
  running_node node;
  node.found_cluster();
  ::kill(node.server().pid(), SIGKILL);
  EXPECT_EQ(node.end().signal, SIGKILL);
}

TEST(ServerProcess, IsStoppedOnceHoweverOftenItIsTold) {
  running_node node;
  node.found_cluster();
  node.server().stop();
  node.server().stop();
  EXPECT_TRUE(node.stop().good());
}

TEST(ServerWatch, SeesAPausedServerAsNotAnswering) {
  running_node node;
  node.found_cluster();
  ::kill(node.server().pid(), SIGSTOP);
  node.wait_until([&] { return !node.seen.answers; });
  EXPECT_EQ(node.state, server_state::primary) << "a server that is slow is still a member";
  EXPECT_FALSE(node.seen.refused);
  EXPECT_NE(node.seen.problem, "");
  ::kill(node.server().pid(), SIGCONT);
  node.wait_until([&] { return node.seen.answers; });
  EXPECT_EQ(node.state, server_state::primary);
}

TEST(ServerWatch, ExecutesAndTellsWhatTheServerDoesNotLike) {
  running_node node;
  node.found_cluster();
  EXPECT_TRUE(node.run(node.watch().execute("CREATE DATABASE shop")));
  const auto refused = node.run(node.watch().execute("CREATE DATABASE shop"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error(), HasSubstr("database exists"));
  const auto healed = node.run(node.watch().heal());
  EXPECT_TRUE(healed) << healed.error();
}

TEST(ServerWatch, SaysHowToLetItInWhenTheServerDoesNot) {
  running_node node;
  node.found_cluster();
  for (const auto* const user : {"root", "mysql"})
    (void)node.run(node.watch().execute(std::string{"ALTER USER "} + user + "@localhost ACCOUNT LOCK"));
  node.wait_until([&] { return node.seen.answers; });
  ::kill(node.server().pid(), SIGSTOP);  // its connection goes
  node.wait_until([&] { return !node.seen.answers; });
  ::kill(node.server().pid(), SIGCONT);
  node.wait_until([&] { return node.seen.refused; });
  EXPECT_THAT(node.seen.problem, HasSubstr("IDENTIFIED VIA unix_socket"));
}

// Of an mgc that was killed.
TEST(ServerLock, IsHeldByTheServerAfterUs) {
  running_node node;
  node.found_cluster();
  const auto directory = node.settings.directories.lock;
  const auto taken = server_lock::take(directory);
  ASSERT_TRUE(taken);
  EXPECT_FALSE(*taken);
  node.forget_lock();
  std::string holder;
  EXPECT_FALSE(*server_lock::take(directory));
  ::kill(node.server().pid(), SIGTERM);
  const auto got = node.run([](const std::string& where, std::string& who) -> boost::asio::awaitable<bool> {
    co_return (co_await server_lock::wait_for(where, [&](const std::string& name) {
      who = name;
    })).has_value();
  }(directory, holder));
  EXPECT_TRUE(got);
  EXPECT_EQ(holder, "process " + std::to_string(node.server().pid()) + " (mariadbd)");
}

}  // namespace
}  // namespace mgc::orchestrator
