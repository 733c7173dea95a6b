#pragma once

// Keeps a limit from making a backup fail. mariadb-backup copies the data files and InnoDB's redo log through one
// stream; while the stream is held back, so is its reading of the redo log. That log is circular: what the server writes
// one capacity later overwrites what was not read yet, and the backup is lost.
//
// The lag is how far the reading is behind the server; lag above capacity is the end. A thread of mariadb-backup hands
// over 10 MiB at a time, and others have their turn before it, so the reading stands still for as long as some such
// chunks take; meanwhile the lag grows by what the server writes.
//
// The guard looks two seconds ahead. From a lag of half the capacity on it asks for a rate: what keeps up with the redo
// in the long run, and what moves the chunks of all threads before the lag is three quarters; where none does, no limit
// at all. That is given back when the lag is below a quarter again.
//
// Core: no clock, no I/O. One thread.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "shaper/rate.hpp"

namespace mgc::proxy {

struct redo_sample {
  shaper::time_point at;
  std::uint64_t lsn_current = 0;          // Innodb_lsn_current
  std::uint64_t lsn_last_checkpoint = 0;  // Innodb_lsn_last_checkpoint
  std::uint64_t capacity = 0;             // innodb_log_file_size, bytes; 0: not known, nothing is asked for
  // ">> log scanned up to (LSN)", which mariadb-backup writes when it runs with --verbose. Unset: not seen yet; then the
  // reading is taken to have begun at the first sample's checkpoint, and to get its even share of the stream.
  std::optional<std::uint64_t> lsn_copied;
  std::uint64_t stream_bytes = 0;  // that the stream took from mariadb-backup so far
  shaper::rate limit;              // that the operator set
};

struct redo_demand {
  // The rate the stream needs now: the higher one of this and the limit is to be in force. paused(): any will do.
  shaper::rate at_least = shaper::rate::paused();
  // For log and status, at most 79 bytes: "redo at 4.1 MB/s, margin 38 MB of 96 MB: raised to 12000 KB/s". Empty when
  // the limit suffices.
  std::string reason;

  bool is_raised() const { return !at_least.is_paused(); }
};

class redo_guard {
 public:
  // `data_threads`: mariadb-backup's --parallel.
  explicit redo_guard(unsigned data_threads = 1) : threads_{data_threads < 1 ? 1.0 : data_threads} {}

  // Once a second or so, with times that never go back. A paused transfer is raised too: the operator's pause would
  // otherwise be the end of it.
  redo_demand look(const redo_sample& sample);

 private:
  struct written {
    shaper::time_point at;
    std::uint64_t lsn;
  };

  double redo_speed(const redo_sample& sample);
  double lag(const redo_sample& sample);

  double threads_;
  bool raised_ = false;
  std::deque<written> written_;  // of the last seconds, oldest first
  std::optional<redo_sample> before_;
  std::uint64_t copied_ = 0;
};

}  // namespace mgc::proxy
