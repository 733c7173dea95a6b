// What a real server leaves on disk, and what inspect() makes of it.

#include "orchestrator/server/inspect.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "orchestrator/server/durable_files.hpp"
#include "orchestrator/server/grastate.hpp"
#include "orchestrator/server/server_version.hpp"
#include "tests/integration/orchestrator/server/running_node.hpp"

namespace mgc::orchestrator {
namespace {

namespace fs = std::filesystem;
using test::local_node;
using test::running_node;
using testing::HasSubstr;
using namespace std::chrono_literals;

journal in_epoch(std::uint64_t newest, std::uint64_t joining = 0) {
  journal memory;
  memory.epochs.emplace_back().number = newest;
  memory.joining = joining;
  return memory;
}

local_data look(local_node& node, const journal& memory = {}) {
  auto found = node.run(inspect(node.host(), memory));
  EXPECT_TRUE(found) << found.error();
  return found ? *found : local_data{};
}

TEST(Inspect, DirectoryWithNothingOfAServerIsEmpty) {
  local_node node;
  EXPECT_EQ(look(node).kind, data_kind::empty) << "there is none";
  for (const auto* const name : {"data/lost+found/x", "data/custom.cnf", "data/.mgc-new-abc/mysql/db.frm"})
    node.folder().write(name, "");
  EXPECT_EQ(look(node), local_data{});
}

TEST(Inspect, NewDataWasNeverClustered) {
  running_node node;
  EXPECT_EQ(look(node).kind, data_kind::plain);
  EXPECT_EQ(look(node).history, "");
}

TEST(Inspect, StoppedNodeTellsItsPositionAndThatItWasTheLast) {
  running_node node;
  node.found_cluster();
  const auto seen = node.seen;
  EXPECT_TRUE(node.stop().good());
  const auto data = look(node);
  EXPECT_EQ(data.kind, data_kind::clean);
  EXPECT_EQ(data.history, seen.history);
  EXPECT_GE(data.position, seen.last_committed);
  EXPECT_TRUE(data.last_one);
  EXPECT_FALSE(data.view);
  journal memory;
  memory.wrote_safe = true;
  EXPECT_FALSE(look(node, memory).last_one) << "we have written that ourselves";
}

TEST(Inspect, CrashedNodeTellsItsPositionAndItsView) {
  running_node node;
  node.found_cluster();
  const auto made = node.run(node.watch().execute("CREATE DATABASE shop"));
  ASSERT_TRUE(made) << made.error();
  node.wait_until([&, looks = node.looks] { return node.looks > looks + 1; });
  const auto seen = node.seen;
  node.kill();
  const auto data = look(node, in_epoch(7, 3));
  EXPECT_EQ(data.kind, data_kind::crashed);
  EXPECT_EQ(data.history, seen.history);
  EXPECT_EQ(data.position, seen.last_committed);
  ASSERT_TRUE(data.view);
  EXPECT_EQ(data.view->me, seen.gcomm_id);
  EXPECT_THAT(data.view->members, testing::ElementsAre(seen.gcomm_id));
  EXPECT_EQ(data.view->epoch, 7U);
  EXPECT_EQ(look(node, in_epoch(7, 9)).view->epoch, 9U);
  EXPECT_THAT(node.log("wsrep-recover.log"), HasSubstr("Recovered position"));

  ASSERT_TRUE(forget_view(node.settings.directories.data));
  EXPECT_FALSE(look(node).view);
  journal memory;
  memory.view = data.view;
  memory.view_position = data.position;
  EXPECT_EQ(look(node, memory).view, data.view) << "from the journal";
  memory.view_position = data.position - 1;
  EXPECT_FALSE(look(node, memory).view) << "the data has changed since";
}

// The start position that mgc hands over keeps the history; without it there is a new one.
TEST(Inspect, CrashedNodeGoesOnWithItsHistory) {
  running_node node;
  node.found_cluster();
  node.kill();
  const auto data = look(node);
  ASSERT_TRUE(allow_bootstrap(node.settings.directories.data));
  ASSERT_TRUE(forget_view(node.settings.directories.data));
  node.start({.new_cluster = true, .history = data.history, .position = data.position});
  node.wait_until([&] { return node.state == server_state::primary; });
  EXPECT_EQ(node.seen.history, data.history);
}

TEST(Inspect, BrokenViewIsRemoved) {
  running_node node;
  node.found_cluster();
  node.kill();
  const auto file = node.folder() / "data/gvwstate.dat";
  for (const auto* const text : {"", "my_uuid: rubbish\n", "#vwbeg\n#vwend\n"}) {
    node.folder().write("data/gvwstate.dat", text);
    EXPECT_FALSE(look(node).view) << text;
    EXPECT_FALSE(fs::exists(file)) << text;
  }
}

TEST(Inspect, TransferThatDidNotEndLeavesNothingToUse) {
  running_node node;
  node.found_cluster();
  node.stop();
  node.folder().write("data/sst_in_progress", "");
  EXPECT_EQ(look(node).kind, data_kind::aborted);
  EXPECT_FALSE(look(node).last_one);
}

TEST(Inspect, GaleraStateWithoutDataIsAnAbortedTransfer) {
  local_node node;
  node.folder().write("data/grastate.dat",
                      "uuid: 00000000-0000-0000-0000-000000000000\nseqno: -1\nsafe_to_bootstrap: 1\n");
  EXPECT_EQ(look(node).kind, data_kind::aborted);
  EXPECT_FALSE(look(node).last_one);
}

TEST(Inspect, AHistoryWithoutDataMissesAVolume) {
  local_node node;
  node.folder().write("data/grastate.dat",
                      "uuid: d62ec2be-e6ac-11f1-97de-67dac6908e35\nseqno: 7\nsafe_to_bootstrap: 1\n");
  const journal nothing;
  const auto refused = node.run(inspect(node.host(), nothing));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error(), HasSubstr("is a volume missing"));
}

TEST(Inspect, ZerosWithWholeDataIsUnsafeWithThePositionThatInnodbKnows) {
  running_node node;
  node.found_cluster();
  node.stop();
  const auto before = look(node);
  node.folder().write("data/grastate.dat",
                      "uuid: 00000000-0000-0000-0000-000000000000\nseqno: -1\nsafe_to_bootstrap: 1\n");
  const auto data = look(node);
  EXPECT_EQ(data.kind, data_kind::unsafe);
  EXPECT_EQ(data.history, before.history);
  EXPECT_EQ(data.position, before.position);
  EXPECT_FALSE(data.last_one);
  node.folder().write("data/grastate.dat", "");
  EXPECT_EQ(look(node).kind, data_kind::unsafe) << "cut off by a power failure";
}

TEST(Inspect, PartOfADirectoryIsNobodysToTouch) {
  local_node node;
  node.folder().write("data/shop/item.ibd", "");
  const auto refused = node.run(inspect(node.host(), {}));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error(), HasSubstr("has 'shop'"));
}

TEST(Inspect, FailedRecoveryShowsTheServersWords) {
  running_node node;
  node.found_cluster();
  node.kill();
  node.settings.program_words = {"--innodb-log-group-home-dir=/nowhere"};
  const auto failed = node.run(inspect(node.host(), {}));
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error(), HasSubstr("/nowhere"));
  node.settings.program_words = {"--wsrep-on=OFF"};
  EXPECT_THAT(node.run(inspect(node.host(), {})).error(), HasSubstr("wsrep_on is off"));
}

// The recovery of a large log takes long; a node that is told to stop does not wait for it.
TEST(Inspect, RecoveryCanBeCutShort) {
  running_node node;
  node.found_cluster();
  node.kill();
  node.settings.server_program = node.folder().write("slow", "#!/bin/sh\nexec sleep 1000\n");
  fs::permissions(node.settings.server_program, fs::perms{0755});
  using namespace boost::asio::experimental::awaitable_operators;
  const auto first = node.run([](local_node& of) -> boost::asio::awaitable<bool> {
    boost::asio::steady_timer soon{co_await boost::asio::this_coro::executor, 300ms};
    const journal memory;
    const auto which = co_await (inspect(of.host(), memory) || soon.async_wait(boost::asio::use_awaitable));
    co_await of.host().children.settled();
    co_return which.index() == 0;
  }(node));
  EXPECT_FALSE(first);
}

TEST(AllowBootstrap, ChangesThatAloneAndKeepsTheOwner) {
  running_node node;
  node.found_cluster();
  node.kill();
  const auto path = node.folder() / "data/grastate.dat";
  const auto before = parse_grastate(*read_small_file(path));
  auto refused = *before;
  refused.safe_to_bootstrap = false;
  node.folder().write("data/grastate.dat", to_text(refused));
  struct stat owner {};
  ::stat(path.c_str(), &owner);
  ASSERT_TRUE(allow_bootstrap(node.settings.directories.data));
  EXPECT_EQ(*parse_grastate(*read_small_file(path)), *before);
  struct stat now {};
  ::stat(path.c_str(), &now);
  EXPECT_EQ(now.st_uid, owner.st_uid);
  EXPECT_EQ(now.st_mode, owner.st_mode);
  fs::remove(path);
  EXPECT_THAT(allow_bootstrap(node.settings.directories.data).error(), HasSubstr("grastate.dat"));
}

TEST(Version, OfTheDataIsThatOfTheServerThatMadeIt) {
  running_node node;
  const auto installed = node.run(installed_version(node.host()));
  ASSERT_TRUE(installed) << installed.error();
  EXPECT_EQ(version_of_data(node.settings.directories.data), *installed);
}

}  // namespace
}  // namespace mgc::orchestrator
