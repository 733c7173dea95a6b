// What a transfer does to a server's directories, and that two never do it at once.

#include "proxy/datadir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <set>

#include "tests/integration/proxy/transfer_child.hpp"
#include "tests/temporary_folder.hpp"

namespace mgc::proxy {
namespace {

using test::transfer_child;
using testing::HasSubstr;
using testing::UnorderedElementsAre;
namespace fs = std::filesystem;

std::set<std::string> files_below(const test::temporary_folder& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator{folder.path()}) {
    if (!entry.is_directory()) names.insert(entry.path().lexically_relative(folder.path()).string());
  }
  return names;
}

// All in one, as usual.
server_directories in_one(const std::string& data) {
  return {.data = data,
          .innodb_data_home = data,
          .innodb_log_group_home = data,
          .innodb_undo = data,
          .aria_log = data,
          .binlog = {},
          .binlog_index = {}};
}

int exit_code_of_wipe(const server_directories& directories, const std::string& pattern = {},
                      const std::vector<std::string>& spared = {}) {
  return transfer_child{[&](transfer_process& process) { wipe(process, directories, pattern, spared); }}
      .exit_code();
}

TEST(Wipe, KeepsWhatTheStockMethodsKeep) {
  const test::temporary_folder folder;
  const std::vector<std::string> kept{"grastate.dat", "gvwstate.dat", "galera.cache",   "sst_in_progress",
                                      "node.err",     "query.log",    "server-key.pem", ".sst/data"};
  const std::vector<std::string> wiped{"ibdata1",
                                       "ib_logfile0",
                                       "aria_log.00000001",
                                       "db1/t1.ibd",
                                       "db1/server.pem",
                                       "mysql/user.MYD",
                                       "mariadb-bin.000001",
                                       "tc.log.old",
                                       "undo001",
                                       ".hidden",
                                       "a b"};
  for (const auto& name : kept) folder.write(name, "content");
  for (const auto& name : wiped) folder.write(name, "content");
  EXPECT_EQ(exit_code_of_wipe(in_one(folder.path())), 0);
  EXPECT_EQ(files_below(folder), std::set<std::string>(kept.begin(), kept.end()));
  EXPECT_FALSE(fs::exists(folder / "db1"));
}

TEST(Wipe, KeepsWhatTheOperatorSays) {
  const test::temporary_folder folder;
  for (const auto* const name : {"keep.me", "keep.me.not", "other", "grastate.dat"})
    folder.write(name, "content");
  EXPECT_EQ(exit_code_of_wipe(in_one(folder.path()), R"(.*/keep\.me\|.*/other)"), 0);
  EXPECT_THAT(files_below(folder), UnorderedElementsAre("keep.me", "other"));
}

TEST(Wipe, RefusesAPatternThatIsNone) {
  const test::temporary_folder folder;
  folder.write("ibdata1", "content");
  EXPECT_EQ(exit_code_of_wipe(in_one(folder.path()), "\\(unclosed"), EINVAL);
  EXPECT_THAT(files_below(folder), UnorderedElementsAre("ibdata1"));
}

TEST(Wipe, SparesWhatItIsTold) {
  const test::temporary_folder folder;
  folder.write("fresh/ibdata1", "new");
  folder.write("ibdata1", "old");
  EXPECT_EQ(exit_code_of_wipe(in_one(folder.path()), {}, {folder / "fresh"}), 0);
  EXPECT_THAT(files_below(folder), UnorderedElementsAre("fresh/ibdata1"));
}

TEST(Wipe, EmptiesDirectoriesElsewhereAndWithin) {
  const test::temporary_folder folder;
  for (const auto* const name : {"data/ibdata1", "data/undo/undo001", "home/ibdata2", "logs/ib_logfile0",
                                 "aria/aria_log.00000001", "data/db/t.ibd", "beside/it"})
    folder.write(name, "content");
  auto directories = in_one(folder / "data");
  directories.innodb_undo = folder / "data/undo";
  directories.innodb_data_home = folder / "home";
  directories.innodb_log_group_home = folder / "logs";
  directories.aria_log = folder / "aria";
  EXPECT_EQ(exit_code_of_wipe(directories), 0);
  EXPECT_THAT(files_below(folder), UnorderedElementsAre("beside/it"));
  for (const auto* const root : {"data", "data/undo", "home", "logs", "aria"})
    EXPECT_TRUE(fs::is_directory(folder / root)) << root;
  EXPECT_FALSE(fs::exists(folder / "data/db"));
}

TEST(Wipe, DoesNotFollowLinksOutOfTheDirectory) {
  const test::temporary_folder folder;
  folder.write("elsewhere/precious", "content");
  fs::create_directory(folder / "data");
  fs::create_directory_symlink(folder / "elsewhere", folder / "data/link");
  EXPECT_EQ(exit_code_of_wipe(in_one(folder / "data")), 0);
  EXPECT_THAT(files_below(folder), UnorderedElementsAre("elsewhere/precious"));
}

TEST(Footprint, CountsWhatABackupCopies) {
  const test::temporary_folder folder;
  folder.write("data/ibdata1", std::string(1000, 'x'));
  folder.write("data/db/t.ibd", std::string(200, 'x'));
  folder.write("data/undo001", std::string(30, 'x'));
  folder.write("data/undoing", std::string(7, 'x'));
  folder.write("data/galera.cache", std::string(7, 'x'));
  folder.write("elsewhere/undo002", std::string(4, 'x'));
  auto directories = in_one(folder / "data");
  EXPECT_EQ(backup_footprint(directories), 1230);
  directories.innodb_undo = folder / "elsewhere";
  EXPECT_EQ(backup_footprint(directories), 1234);
  EXPECT_EQ(size_of(folder / "data"), 1244);
  EXPECT_EQ(size_of(folder / "nowhere"), 0);
}

TEST(BinaryLogs, AreRemovedAndNothingElse) {
  const test::temporary_folder folder;
  for (const auto* const name : {"data/ibdata1", "logs/bin.000001", "logs/bin.000002", "logs/bin.state",
                                 "logs/bin.keep", "logs/other.000001", "old/bin.000000"})
    folder.write(name, "content");
  auto directories = in_one(folder / "data");
  directories.binlog = folder / "logs/bin";
  directories.binlog_index =
      folder.write("logs/bin.index", (folder / "old/bin.000000") + "\n../gone/bin.000009\n");
  EXPECT_EQ(transfer_child{[&](transfer_process& process) {
              remove_binary_logs(process, directories);
            }}.exit_code(),
            0);
  EXPECT_THAT(files_below(folder),
              UnorderedElementsAre("data/ibdata1", "logs/bin.keep", "logs/other.000001"));
}

// --- one transfer at a time

// Holds the lock until it is killed.
transfer_child holder(const test::temporary_folder& folder) {
  return transfer_child{[path = folder.path()](transfer_process& process) {
    lock_transfers(process, path);
    process.tell_server("locked");
    for (;;) ::pause();
  }};
}

// In another's way, it is told to end before it holds the lock: then it never said so.
void expect_to_wait(transfer_child& child) {
  EXPECT_NE(child.log_until("waiting for a state transfer that still runs here"), "");
}

void stop(transfer_child& child) {
  ::kill(child.pid(), SIGTERM);
  EXPECT_EQ(child.exit_code(), EINTR);
}

TEST(TransferLock, NamesItsProcessWhileItRuns) {
  const test::temporary_folder folder;
  auto child = holder(folder);
  EXPECT_EQ(child.next_line(), "locked");
  EXPECT_EQ(first_line(folder / "wsrep_sst.pid"), std::to_string(child.pid()));
  stop(child);
  EXPECT_FALSE(fs::exists(folder / "wsrep_sst.pid"));
}

TEST(TransferLock, StaleFileIsNoObstacle) {
  const test::temporary_folder folder;
  for (const auto& stale : {std::string{"999999999\n"}, std::to_string(::getpid()) + "\n",
                            std::string{"rubbish"}, std::string{"-1"}, std::string{}}) {
    folder.write("wsrep_sst.pid", stale);
    auto child = holder(folder);
    EXPECT_EQ(child.next_line(), "locked") << stale;
    stop(child);
    EXPECT_THAT(child.rest_of_log(), testing::Not(HasSubstr("waiting")));
  }
}

TEST(TransferLock, KilledTransferIsNoObstacle) {
  const test::temporary_folder folder;
  auto killed = holder(folder);
  EXPECT_EQ(killed.next_line(), "locked");
  killed.kill();
  EXPECT_TRUE(fs::exists(folder / "wsrep_sst.pid"));
  auto next = holder(folder);
  EXPECT_EQ(next.next_line(), "locked");
}

// One ends while another waits; a third that comes then must see the second.
TEST(TransferLock, IsHeldByOneAtATime) {
  const test::temporary_folder folder;
  auto first = holder(folder);
  EXPECT_EQ(first.next_line(), "locked");
  auto second = holder(folder);
  expect_to_wait(second);
  stop(first);
  EXPECT_EQ(second.next_line(), "locked");
  EXPECT_EQ(first_line(folder / "wsrep_sst.pid"), std::to_string(second.pid()));
  auto third = holder(folder);
  expect_to_wait(third);
  stop(second);
  EXPECT_EQ(third.next_line(), "locked");
  EXPECT_EQ(first_line(folder / "wsrep_sst.pid"), std::to_string(third.pid()));
}

TEST(TransferLock, WaitsForAStockTransfer) {
  const test::temporary_folder folder;
  test::child_process stock{
      []() -> int { return ::execlp("sleep", "/usr/bin/wsrep_sst_rsync", "1000", nullptr); }};
  test::wait_until([&] {
    return first_line("/proc/" + std::to_string(stock.pid()) + "/cmdline")
        .starts_with("/usr/bin/wsrep_sst_rsync");
  });
  folder.write("wsrep_sst.pid", std::to_string(stock.pid()) + "\n");
  auto child = holder(folder);
  expect_to_wait(child);
  stock.kill();
  EXPECT_EQ(child.next_line(), "locked");
}

TEST(TransferLock, FailsWhenTheOtherDoesNotEnd) {
  const test::temporary_folder folder;
  auto first = holder(folder);
  EXPECT_EQ(first.next_line(), "locked");
  auto second = holder(folder);
  EXPECT_EQ(second.exit_code(), EALREADY);  // after 30 s
  EXPECT_THAT(second.rest_of_log(),
              HasSubstr("another state transfer (process " + std::to_string(first.pid()) + ") still runs"));
  EXPECT_EQ(first_line(folder / "wsrep_sst.pid"), std::to_string(first.pid()));
}

TEST(TransferLock, DoesNotWriteThroughALink) {
  const test::temporary_folder folder;
  const auto target = folder.write("precious", "content");
  fs::create_symlink(target, folder / "wsrep_sst.pid");
  EXPECT_EQ(holder(folder).exit_code(), ELOOP);
  EXPECT_EQ(first_line(target), "content");
}

TEST(TemporaryDirectory, GoesWithTheProcess) {
  const test::temporary_folder folder;
  transfer_child child{[&](transfer_process& process) {
    const auto made = make_temporary_directory(process, folder.path());
    process.tell_server(fs::is_directory(made) ? made : "none");
  }};
  EXPECT_THAT(child.next_line(), HasSubstr(folder / "mgc-transfer."));
  EXPECT_EQ(child.exit_code(), 0);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

}  // namespace
}  // namespace mgc::proxy
