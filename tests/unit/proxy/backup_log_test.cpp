#include "proxy/backup_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace mgc::proxy {
namespace {

template <class Event>
Event event(std::string_view line) {
  const auto read = read_backup_line(line);
  if (!read || !std::holds_alternative<Event>(*read)) {
    ADD_FAILURE() << line;
    return {};
  }
  return std::get<Event>(*read);
}

// What mariadb-backup 10.11.19 wrote.
TEST(BackupLog, KnowsTheStages) {
  EXPECT_EQ(event<stage_reached>("[00] 2026-11-22 16:02:14 Acquired locks for BACKUP STAGE START").stage,
            backup_stage::start);
  EXPECT_EQ(event<stage_reached>("[00] 2026-11-22 16:02:30 Acquired locks for BACKUP STAGE FLUSH").stage,
            backup_stage::flush);
  EXPECT_EQ(event<stage_reached>("[00] 2026-11-22 16:02:31 Acquired locks for BACKUP STAGE BLOCK_DDL").stage,
            backup_stage::block_ddl);
  EXPECT_EQ(
      event<stage_reached>("[00] 2026-11-22 16:02:31 Acquired locks for BACKUP STAGE BLOCK_COMMIT").stage,
      backup_stage::block_commit);
  EXPECT_EQ(event<stage_reached>("[00] 2026-11-22 16:02:31 All tables unlocked").stage, backup_stage::end);
}

TEST(BackupLog, KnowsWhichStagesBlockClients) {
  EXPECT_FALSE(blocks_clients(backup_stage::start));
  EXPECT_FALSE(blocks_clients(backup_stage::flush));
  EXPECT_TRUE(blocks_clients(backup_stage::block_ddl));
  EXPECT_TRUE(blocks_clients(backup_stage::block_commit));
  EXPECT_FALSE(blocks_clients(backup_stage::end));
}

TEST(BackupLog, KnowsHowFarTheRedoWasRead) {
  EXPECT_EQ(event<log_scanned>("[00] 2026-11-22 16:03:01 >> log scanned up to (241102403)").lsn, 241102403U);
  EXPECT_EQ(event<log_scanned>(">> log scanned up to (18446744073709551615)").lsn, 18446744073709551615U);
  const auto copied =
      event<redo_copied>("[00] 2026-11-22 16:02:31 Redo log (from LSN 217985416 to 226449535) was copied.");
  EXPECT_EQ(copied.from, 217985416U);
  EXPECT_EQ(copied.to, 226449535U);
  const auto lost = event<redo_incomplete>(
      "[00] 2026-11-22 16:03:18 Was only able to copy log from 217985416 to 241102403, not 344773035");
  EXPECT_EQ(lost.copied, 241102403U);
  EXPECT_EQ(lost.wanted, 344773035U);
}

TEST(BackupLog, KnowsWhichFileIsStreamed) {
  EXPECT_EQ(event<file_streamed>("[01] 2026-11-22 16:02:50 Streaming ./shop/item.ibd").name, "shop/item.ibd");
  EXPECT_EQ(event<file_streamed>("[00] 2026-11-22 16:02:50 Streaming ibdata1").name, "ibdata1");
  EXPECT_EQ(
      event<file_streamed>("[01] 2026-11-22 16:01:59 Streaming ./sys/x@0024session.frm to <STDOUT>").name,
      "sys/x@0024session.frm");
  EXPECT_EQ(
      event<file_streamed>("[00] 2026-11-22 16:01:59 Streaming /var/lib/mysql//aria_log_control to <STDOUT>")
          .name,
      "aria_log_control");
  EXPECT_EQ(event<file_streamed>("[00] 2026-11-22 16:01:59 Streaming /disk2/shop/item.ibd").name,
            "shop/item.ibd");
  EXPECT_EQ(event<file_streamed>("[00] 2026-11-22 16:01:59 Compressing and streaming ./shop/item.ibd").name,
            "shop/item.ibd");
  EXPECT_EQ(event<file_streamed>("Streaming /").name, "");
  EXPECT_EQ(event<file_streamed>("Streaming ").name, "");
}

TEST(BackupLog, KnowsTheEnd) {
  (void)event<backup_completed>("[00] 2026-11-22 16:02:00 completed OK!");
  EXPECT_FALSE(read_backup_line("[00] 2026-11-22 16:02:00 completed OK! not"));
}

TEST(BackupLog, KnowsErrors) {
  for (const auto& [line, text] : {
           std::pair{"[00] FATAL ERROR: 2026-11-22 16:20:49 mariabackup: Error: failed to copy datafile.",
                     "mariabackup: Error: failed to copy datafile."},
           {"[00] 2026-11-22 16:20:49 Failed to connect to MariaDB server: Access denied for user "
            "'x'@'localhost'.",
            "Failed to connect to MariaDB server: Access denied for user 'x'@'localhost'."},
           {"[00] 2026-11-22 16:20:51 Error: failed to execute query SHOW STATUS LIKE 'Innodb_lsn_flushed': "
            "Server has "
            "gone away",
            "Error: failed to execute query SHOW STATUS LIKE 'Innodb_lsn_flushed': Server has gone away"},
           {"mariadb-backup: Error writing file 'UNKNOWN' (errno: 32 \"Broken pipe\")",
            "mariadb-backup: Error writing file 'UNKNOWN' (errno: 32 \"Broken pipe\")"},
           {"[00] 2026-11-22 16:20:49 xb_stream_write_data() failed.", "xb_stream_write_data() failed."},
           {"[00] 2026-11-22 16:20:49 Aria log control file copying error.",
            "Aria log control file copying error."},
           {"2026-11-22 16:01:59 0 [ERROR] InnoDB: Cannot open './ibdata1'",
            "InnoDB: Cannot open './ibdata1'"},
       }) {
    EXPECT_EQ(event<backup_error>(line).text, text);
  }
}

TEST(BackupLog, PassesOverTheRest) {
  for (const auto* const line : {
           "",
           "[00]",
           "[00] ",
           "[00] 2026-11-22 16:01:59 ",
           "[00] 2026-11-22 16:01:59         ...done",
           "[00] 2026-11-22 16:01:59 uses posix_fadvise().",
           "2026-11-22 16:01:59 0 [Note] InnoDB: Using io_uring",
           "2026-11-22 16:01:59 0 [Warning] InnoDB: an error.",
           "mariadb-backup based on MariaDB server 10.11.19-MariaDB debian-linux-gnu (x86_64)",
           "[00] 2026-11-22 16:02:00 Warning: failed to get master wsrep state from SHOW STATUS.",
           "[00] 2026-11-22 16:03:01 Retrying read of log at LSN=241102403",
           "[00] 2026-11-22 16:01:59 Finished BACKUP STAGE BLOCK_DDL",
           "[00] 2026-11-22 16:01:59 Starting BACKUP STAGE BLOCK_COMMIT",
           "[00] 2026-11-22 16:01:59 Acquired locks for BACKUP STAGE SOMETHING",
           "[00] 2026-11-22 16:01:59 aria table file ./shop/error.MAI is copied successfully.",
           ">> log scanned up to (",
           ">> log scanned up to (x)",
           ">> log scanned up to (99999999999999999999)",
           "Redo log (from LSN 1 to ",
           "Was only able to copy log from 1 to 2",
       }) {
    EXPECT_FALSE(read_backup_line(line)) << line;
  }
}

std::vector<backup_event> read_in_pieces(std::string_view text, std::size_t size) {
  backup_log log;
  std::vector<backup_event> seen;
  while (!text.empty()) {
    log.read(text.substr(0, size), [&](const backup_event& e) { seen.push_back(e); });
    text.remove_prefix(std::min(size, text.size()));
  }
  return seen;
}

TEST(BackupLog, PutsLinesTogetherFromAnyPieces) {
  constexpr std::string_view text =
      "[00] 2026-11-22 16:02:50 Streaming ibdata1\n"
      "\n"
      "[00] 2026-11-22 16:02:50         ...done\n"
      "[00] 2026-11-22 16:03:01 >> log scanned up to (241102403)\r\n"
      "[00] 2026-11-22 16:02:31 completed OK!\n"
      "[00] 2026-11-22 16:02:31 completed OK!";  // not ended: not known yet
  for (std::size_t size = 1; size <= text.size(); ++size) {
    const auto seen = read_in_pieces(text, size);
    ASSERT_EQ(seen.size(), 3U) << size;
    EXPECT_EQ(std::get<file_streamed>(seen[0]).name, "ibdata1");
    EXPECT_EQ(std::get<log_scanned>(seen[1]).lsn, 241102403U);
    EXPECT_TRUE(std::holds_alternative<backup_completed>(seen[2]));
  }
}

TEST(BackupLog, CutsALongLineAndReadsTheNext) {
  const auto text = "Streaming " + std::string(100'000, 'x') + "\n[00] 2026-11-22 16:02:31 completed OK!\n";
  for (const std::size_t size : {std::size_t{1000}, text.size()}) {
    const auto seen = read_in_pieces(text, size);
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(std::get<file_streamed>(seen[0]).name.size(), 4096 - std::string_view{"Streaming "}.size());
    EXPECT_TRUE(std::holds_alternative<backup_completed>(seen[1]));
  }
}

TEST(BackupLog, HasWordsForEveryStageThatFitAStatus) {
  for (const auto stage : {backup_stage::start, backup_stage::flush, backup_stage::block_ddl,
                           backup_stage::block_commit, backup_stage::end}) {
    EXPECT_NE(to_string(stage), "unknown");
    EXPECT_LT(to_string(stage).size(), 50U);
  }
}

}  // namespace
}  // namespace mgc::proxy
