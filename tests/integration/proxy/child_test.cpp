// What a transfer starts, and what is left of it when the transfer ends: nothing.

#include "proxy/child.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>

#include "tests/integration/proxy/transfer_child.hpp"
#include "tests/temporary_folder.hpp"

namespace mgc::proxy {
namespace {

using test::transfer_child;
using testing::HasSubstr;
using testing::Not;

// What a program prints, when it is run by a transfer.
std::string output_of(const command& what) {
  transfer_child child{[&](transfer_process& process) { run(process, what, EIO, "the test"); }};
  EXPECT_EQ(child.exit_code(), 0);
  return child.rest_of_log();
}

command shell(const std::string& script) { return {.words = {"sh", "-c", script}}; }

constexpr const char* list_descriptors =
    R"(for fd in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do if [ -e /proc/$$/fd/$fd ]; then printf ' %s' $fd; fi; done; echo)";

TEST(Child, HasThreeDescriptorsAndNoOthers) {
  const auto inherited = test::make_pipe();
  transfer_child child{[&](transfer_process& process) {
    for (int i = 0; i < 5; ++i) (void)!::open("/dev/null", O_RDONLY);  // of those that forgot O_CLOEXEC
    run(process, shell(list_descriptors), EIO, "the test");
  }};
  EXPECT_EQ(child.rest_of_log(), " 0 1 2\n");
  EXPECT_EQ(child.exit_code(), 0);
}

TEST(Child, HasTheDescriptorsThatItIsGiven) {
  transfer_child child{[](transfer_process& process) {
    const int kept = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 15);
    auto what = shell(list_descriptors);
    what.kept = {kept};
    run(process, what, EIO, "the test");
  }};
  EXPECT_EQ(child.rest_of_log(), " 0 1 2 15\n");
}

TEST(Child, ReadsAndWritesWhereItIsTold) {
  transfer_child child{[](transfer_process& process) {
    auto in = test::make_pipe();
    auto out = test::make_pipe();
    auto started = child::start(
        process, {.words = {"tr", "a-z", "A-Z"}, .input = in.read.get(), .output = out.write.get()});
    if (!started) process.fail(EIO, started.error().message());
    in.read = test::file_descriptor{};
    out.write = test::file_descriptor{};
    test::put(in.write.get(), "hello");
    in.write = test::file_descriptor{};
    process.tell_server(test::take(out.read.get()));
    process.tell_server(to_string(started->wait()));
  }};
  EXPECT_EQ(child.next_line(), "HELLO");
  EXPECT_EQ(child.next_line(), "exit code 0");
}

// The server would take it for the transfer's.
TEST(Child, DoesNotSpeakToTheServer) {
  transfer_child child{[](transfer_process& process) {
    run(process, shell("echo from the child"), EIO, "the test");
    process.tell_server("from the transfer");
  }};
  EXPECT_EQ(child.next_line(), "from the transfer");
  EXPECT_EQ(child.next_line(), "");
  EXPECT_EQ(child.rest_of_log(), "from the child\n");
}

TEST(Child, DoesNotSeeTheSecretsOfOurEnvironment) {
  for (const auto* const name : {"WSREP_SST_OPT_AUTH", "WSREP_SST_OPT_REMOTE_AUTH", "MYSQL_PWD"})
    ::setenv(name, "a secret", 1);
  ::setenv("MGC_TEST_ORDINARY", "no secret at all", 1);
  const auto environment = output_of({.words = {"env"}});
  EXPECT_THAT(environment, Not(HasSubstr("a secret")));
  EXPECT_THAT(environment, HasSubstr("MGC_TEST_ORDINARY=no secret at all"));
}

TEST(Child, HasTheSignalsOfAnOrdinaryProgram) {
  const auto status = output_of({.words = {"cat", "/proc/self/status"}});
  EXPECT_THAT(status, HasSubstr("SigBlk:\t0000000000000000"));
  EXPECT_THAT(status, HasSubstr("SigIgn:\t0000000000000000"));
}

TEST(Child, RunsInTheDirectoryThatItIsTold) {
  const test::temporary_folder folder;
  EXPECT_EQ(output_of({.words = {"pwd"}, .directory = folder.path()}), folder.path() + "\n");
}

TEST(Child, TakesNothingForAShell) {
  EXPECT_EQ(output_of({.words = {"echo", "$(id); `id` | id > x"}}), "$(id); `id` | id > x\n");
}

TEST(Child, SaysThatItCannotBeStarted) {
  transfer_child child{[](transfer_process& process) {
    const auto missing = child::start(process, {.words = {"mgc-has-no-such-program"}});
    process.tell_server(missing.error() == boost::system::errc::no_such_file_or_directory ? "no such file"
                                                                                          : "another error");
    const auto nowhere = child::start(process, {.words = {"true"}, .directory = "/nonexistent"});
    process.tell_server(nowhere ? "started" : "no such directory");
    run(process, {.words = {"mgc-has-no-such-program"}}, ENOPKG, "looking for it");
  }};
  EXPECT_EQ(child.next_line(), "no such file");
  EXPECT_EQ(child.next_line(), "no such directory");
  EXPECT_EQ(child.exit_code(), ENOPKG);
  EXPECT_THAT(child.rest_of_log(),
              HasSubstr("looking for it: cannot start mgc-has-no-such-program: No such file"));
}

TEST(Child, TellsHowItEnded) {
  transfer_child child{[](transfer_process& process) {
    process.tell_server(to_string(child::start(process, shell("exit 12"))->wait()));
    process.tell_server(to_string(child::start(process, shell("kill -9 $$"))->wait()));
    run(process, shell("exit 7"), EIO, "the work");
  }};
  EXPECT_EQ(child.next_line(), "exit code 12");
  EXPECT_EQ(child.next_line(), "killed by signal 9 (Killed)");
  EXPECT_EQ(child.exit_code(), EIO);
  EXPECT_THAT(child.rest_of_log(), HasSubstr("the work: sh ended with exit code 7"));
}

// Whoever lives has the log open still, which does not end before all of them have.
void expect_log_to_end(transfer_child& child, const testing::Matcher<std::string>& log) {
  const auto began = std::chrono::steady_clock::now();
  EXPECT_THAT(child.rest_of_log(), log);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{10});
}

TEST(Child, GroupIsKilledWhenTheTransferFails) {
  for (const bool by_signal : {false, true}) {
    transfer_child child{[&](transfer_process& process) {
      const auto started = child::start(process, shell("sleep 1000 & echo ready; wait"));
      const auto other = child::start(process, shell("trap '' TERM; sleep 1000 & echo ready; wait"));
      process.tell_server("started");
      if (!by_signal) process.fail(ENOSPC, "the disk is full");
      (void)::pause();
    }};
    EXPECT_EQ(child.next_line(), "started");
    if (by_signal) {
      for (int i = 0; i < 2; ++i) EXPECT_NE(child.log_until("ready"), "");
      ::kill(child.pid(), SIGTERM);
    }
    EXPECT_EQ(child.exit_code(), by_signal ? EINTR : ENOSPC);
    expect_log_to_end(child, HasSubstr(by_signal ? "stopped by signal 15" : "the disk is full"));
  }
}

TEST(Child, IsToldWhenTheTransferIsKilled) {
  transfer_child child{[](transfer_process& process) {
    const auto started = child::start(process, {.words = {"sleep", "1000"}});
    process.tell_server("started");
    (void)::pause();
  }};
  EXPECT_EQ(child.next_line(), "started");
  child.kill();
  expect_log_to_end(child, "");
}

TEST(Child, LeavesNothingBehindWhenItHasEnded) {
  transfer_child child{[](transfer_process& process) {
    process.tell_server(to_string(child::start(process, shell("sleep 1000 & exit 3"))->wait()));
  }};
  EXPECT_EQ(child.next_line(), "exit code 3");
  EXPECT_EQ(child.exit_code(), 0);
  expect_log_to_end(child, "");
}

TEST(Child, IsKilledWhenItIsNotWaitedFor) {
  transfer_child child{[](transfer_process& process) {
    { const auto forgotten = child::start(process, shell("sleep 1000 & wait")); }
    process.tell_server("gone");
    (void)::pause();
  }};
  EXPECT_EQ(child.next_line(), "gone");
  child.kill();
  expect_log_to_end(child, "");
}

}  // namespace
}  // namespace mgc::proxy
