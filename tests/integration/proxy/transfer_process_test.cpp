// What the server sees of a transfer, and that a transfer does not outlive it.

#include "proxy/transfer_process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <filesystem>
#include <thread>
#include <vector>

#include "tests/integration/proxy/transfer_child.hpp"
#include "tests/temporary_folder.hpp"

namespace mgc::proxy {
namespace {

using test::transfer_child;
using testing::HasSubstr;
using testing::MatchesRegex;
namespace fs = std::filesystem;

TEST(TransferProcess, SpeaksToTheServerAndLogsElsewhere) {
  transfer_child child{[](transfer_process& process) {
    process.note("a note");
    process.warn("a warning\nof two lines");
    process.tell_server("ready");
  }};
  EXPECT_EQ(child.next_line(), "ready");
  EXPECT_EQ(child.next_line(), "");
  EXPECT_EQ(child.exit_code(), 0);
  EXPECT_THAT(child.rest_of_log(),
              MatchesRegex("[-0-9]+ [:0-9]+ \\[Note\\] test: a note\n"
                           "[-0-9]+ [:0-9]+ \\[Warning\\] test: a warning\\\\x0aof two lines\n"));
}

// Whatever a library prints is no word for the server.
TEST(TransferProcess, StandardOutputIsTheLog) {
  transfer_child child{[](transfer_process& process) {
    (void)!::write(STDOUT_FILENO, "printed\n", 8);
    process.tell_server("ready");
  }};
  EXPECT_EQ(child.next_line(), "ready");
  EXPECT_EQ(child.rest_of_log(), "printed\n");
}

TEST(TransferProcess, FailureIsTheExitCodeAndTheLastLine) {
  transfer_child child{[](transfer_process& process) {
    process.add_last_words(
        [&](int code, const std::string& what) { process.tell_server(std::to_string(code) + ' ' + what); });
    process.fail(ENOSPC, "no space");
  }};
  EXPECT_EQ(child.next_line(), std::to_string(ENOSPC) + " no space");
  EXPECT_EQ(child.exit_code(), ENOSPC);
  EXPECT_THAT(child.rest_of_log(), HasSubstr("[ERROR] test: no space"));
}

TEST(TransferProcess, OnlyTheFirstFailureIsHeard) {
  transfer_child child{[](transfer_process& process) {
    process.add_last_words(
        [](int, const std::string&) { std::this_thread::sleep_for(std::chrono::milliseconds{100}); });
    std::vector<std::thread> threads;
    for (int i = 1; i <= 8; ++i) threads.emplace_back([&process, i] { process.fail(i, "failure"); });
    for (auto& thread : threads) thread.join();
  }};
  const auto code = child.exit_code();
  EXPECT_GE(code, 1);
  EXPECT_LE(code, 8);
  const auto log = child.rest_of_log();
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1);
}

TEST(TransferProcess, RemovesWhatItWasToldTo) {
  const test::temporary_folder folder;
  for (const bool fails : {false, true}) {
    folder.write("temporary/with/some", "files");
    folder.write("kept", "this");
    transfer_child child{[&](transfer_process& process) {
      process.remove_at_end(folder / "temporary");
      process.remove_at_end(folder / "kept");
      process.keep(folder / "kept");
      if (fails) process.fail(EIO, "it failed");
    }};
    EXPECT_EQ(child.exit_code(), fails ? EIO : 0);
    EXPECT_FALSE(fs::exists(folder / "temporary"));
    EXPECT_TRUE(fs::exists(folder / "kept"));
  }
}

TEST(TransferProcess, EndsWhenItIsToldTo) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) {
    transfer_child child{[](transfer_process& process) {
      process.tell_server("ready");
      for (;;) ::pause();
    }};
    EXPECT_EQ(child.next_line(), "ready");
    ::kill(child.pid(), signal);
    EXPECT_EQ(child.exit_code(), EINTR);
    EXPECT_THAT(child.rest_of_log(), HasSubstr("stopped by signal " + std::to_string(signal)));
  }
}

TEST(TransferProcess, EndsWithItsServer) {
  test::child_process server{[] { return ::pause(); }};
  transfer_child child{[&](transfer_process& process) {
    process.watch_server(server.pid());
    process.tell_server("ready");
    for (;;) ::pause();
  }};
  EXPECT_EQ(child.next_line(), "ready");
  server.kill();
  EXPECT_EQ(child.exit_code(), EPIPE);
  EXPECT_THAT(child.rest_of_log(), HasSubstr("the server has ended"));
}

// So that two threads of Galera do not end it at once.
TEST(TransferProcess, LetsItsServerEndFirst) {
  test::child_process server{[] {
    ::pause();
    return 0;
  }};
  transfer_child child{[&](transfer_process& process) {
    process.watch_server(server.pid());
    process.leave_the_end_to_the_server(std::chrono::hours{1});
    process.fail(ENOSPC, "no space");
  }};
  EXPECT_THAT(child.log_until("no space"), HasSubstr("[ERROR]"));
  std::this_thread::sleep_for(std::chrono::milliseconds{100});
  int status = 0;
  EXPECT_EQ(::waitpid(child.pid(), &status, WNOHANG), 0) << "it did not wait";
  server.kill();
  EXPECT_EQ(child.exit_code(), ENOSPC);
}

TEST(TransferProcess, WaitsNoLongerForItsServerAfterASignal) {
  transfer_child child{[&](transfer_process& process) {
    process.watch_server(::getppid());
    process.leave_the_end_to_the_server(std::chrono::hours{1});
    process.fail(ENOSPC, "no space");
  }};
  EXPECT_THAT(child.log_until("no space"), HasSubstr("[ERROR]"));
  ::kill(child.pid(), SIGTERM);
  EXPECT_EQ(child.exit_code(), ENOSPC);
}

TEST(TransferProcess, EndsWhereItsServerHasEndedBefore) {
  test::child_process server{[] { return 0; }};
  const auto pid = server.pid();
  (void)server.exit_code();
  transfer_child child{[&](transfer_process& process) {
    process.watch_server(pid);
    for (;;) ::pause();
  }};
  EXPECT_EQ(child.exit_code(), EPIPE);
}

TEST(TransferProcess, EndsWhereTheServerReadsNoMore) {
  transfer_child child{[](transfer_process& process) {
    for (;;) process.tell_server("is anybody there?");
  }};
  child.read_no_more();
  EXPECT_EQ(child.exit_code(), EPIPE);
  EXPECT_THAT(child.rest_of_log(), HasSubstr("the server does not read"));
}

}  // namespace
}  // namespace mgc::proxy
