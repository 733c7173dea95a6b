#pragma once

// Listens to what mariadb-backup says while it backs up this donor, watches the server meanwhile, and lets the stream go
// faster than the node's limit where the limit would do harm:
// - while the backup holds locks that clients wait for, there is no limit: they shall wait as short as possible;
// - when InnoDB is about to overwrite redo that the backup has not copied yet, as fast as is needed (redo_guard.hpp).
// It says so in the log each time. I/O ring; has two threads of its own.

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "proxy/backup_log.hpp"
#include "proxy/donor_server.hpp"
#include "proxy/donor_session.hpp"
#include "proxy/redo_guard.hpp"
#include "proxy/sst_context.hpp"

namespace mgc::proxy {

class backup_watch {
 public:
  // `said`: mariadb-backup's standard error, all of which goes to the file `log` too.
  backup_watch(const sst_context& context, donor_session& session, shaper::file_descriptor said,
               const std::string& log);
  ~backup_watch() { finish(); }
  backup_watch(const backup_watch&) = delete;
  backup_watch& operator=(const backup_watch&) = delete;

  // How many bytes the stream has taken from mariadb-backup, and the file that it is at. Any thread.
  void streamed(std::uint64_t bytes) { streamed_.store(bytes, std::memory_order_relaxed); }
  void streaming(const std::string& file);

  // To be called when mariadb-backup has ended: returns when all it said has been read.
  void finish();

  // Why it failed, as far as it said. After finish().
  std::string why_it_failed() const;

 private:
  void listen();
  void hear(const backup_event& event);
  void hear(backup_stage stage);
  void guard();
  void apply(const redo_demand& demand);
  void set_exemption();

  sst_context context_;
  donor_session& session_;
  shaper::file_descriptor said_;
  shaper::file_descriptor log_;
  std::string why_it_failed_;
  std::string tail_;  // of what it said
  std::atomic<std::uint64_t> streamed_{0};
  std::atomic<std::uint64_t> scanned_{0};  // LSN; 0 while unknown

  std::mutex mutex_;  // what follows
  std::condition_variable ended_;
  bool has_ended_ = false;
  std::optional<backup_stage> blocking_;
  shaper::time_point blocking_since_;
  redo_demand demand_;
  std::thread listener_;
  std::thread guard_;
};

}  // namespace mgc::proxy
