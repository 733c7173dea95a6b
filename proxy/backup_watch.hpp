#pragma once

// Listens to what mariadb-backup says on standard error while it backs up this donor, and watches the server meanwhile:
// everything goes to a log file. I/O ring; a thread of its own.

#include <string>
#include <thread>

#include "proxy/donor_session.hpp"
#include "proxy/sst_context.hpp"

namespace mgc::proxy {

class backup_watch {
 public:
  backup_watch(const sst_context& context, donor_session& session, shaper::file_descriptor said, const std::string& log);
  ~backup_watch() { finish(); }
  backup_watch(const backup_watch&) = delete;
  backup_watch& operator=(const backup_watch&) = delete;

  // To be called when mariadb-backup has ended: all it said has been read then.
  void finish();

  // The last line that looks like an error, else the last line.
  const std::string& last_error() const { return last_error_; }  // after finish()

 private:
  void listen();
  void hear(const std::string& line);

  sst_context context_;
  donor_session& session_;
  shaper::file_descriptor said_;
  shaper::file_descriptor log_;
  std::string last_error_;
  bool last_is_error_ = false;
  std::thread listener_;
};

}  // namespace mgc::proxy
