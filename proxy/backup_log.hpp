#pragma once

// What mariadb-backup (10.11) says on its standard error, as far as a transfer cares: what it is doing, which locks it
// holds, how far it has read the redo log, and whether it succeeded. Core: text comes in; nothing here decides.
//
// "[00] 2026-11-22 16:02:31 Acquired locks for BACKUP STAGE BLOCK_DDL": a thread, a time, the words. Some lines have
// other beginnings or none. The position in the redo log is only told with --verbose.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace mgc::proxy {

// The stages of the server's BACKUP STAGE. From block_ddl on other clients wait for the backup: DDL and writes to tables
// without transactions; from block_commit on, every commit; until `end`.
enum class backup_stage { start, flush, block_ddl, block_commit, end };

struct stage_reached {
  backup_stage stage;
};
struct log_scanned {
  std::uint64_t lsn;
};
struct file_streamed {  // begins; without "./", "<STDOUT>" and the like
  std::string name;
};
struct redo_copied {  // all of it
  std::uint64_t from;
  std::uint64_t to;
};
struct redo_incomplete {  // not all was copied up to the locks: the backup has failed
  std::uint64_t wanted;
  std::uint64_t copied;
};
struct backup_completed {};
struct backup_error {  // a line that explains a failure; without the time before it
  std::string text;
};

using backup_event = std::variant<stage_reached, log_scanned, file_streamed, redo_copied, redo_incomplete,
                                  backup_completed, backup_error>;

// One line, without its end. Unset: a line of no consequence.
std::optional<backup_event> read_backup_line(std::string_view line);

// Cuts a stream of bytes into lines and reads them. Holds at most one line of 4 KiB; of a longer one, the beginning
// counts.
class backup_log {
 public:
  // Calls `see(event)` for each event in `bytes`, in order.
  template <class See>
  void read(std::string_view bytes, See see) {
    while (!bytes.empty()) {
      const auto end = bytes.find('\n');
      keep(bytes.substr(0, end));
      if (end == std::string_view::npos) return;
      bytes.remove_prefix(end + 1);
      const auto event = read_backup_line(line_);
      line_.clear();
      if (event) see(*event);
    }
  }

 private:
  void keep(std::string_view part);

  std::string line_;
};

// "backup holds BLOCK_COMMIT", ...: for status.
std::string_view to_string(backup_stage stage);

// Whether clients of the donor wait for the backup.
constexpr bool blocks_clients(backup_stage stage) {
  return stage == backup_stage::block_ddl || stage == backup_stage::block_commit;
}

}  // namespace mgc::proxy
