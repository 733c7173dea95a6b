#pragma once

// A connection to the donor's own server, over its socket: what the redo guard and the status need to know, and the one
// variable that has to be another while mariadb-backup runs. It may be slow, refuse, or go away at any time; a call then
// fails within seconds, and the next one connects again. I/O ring; blocks, so use it from one thread of its own.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/redo_guard.hpp"
#include "proxy/server_connection.hpp"
#include "proxy/sst_context.hpp"

namespace mgc::proxy {

// As the settings of a transfer have it.
server_login login_of(const sst_context& context);

// One moment of the server. Without Galera, the last three are unset.
struct server_sample {
  std::uint64_t lsn_current = 0;
  std::uint64_t lsn_last_checkpoint = 0;
  std::uint64_t log_capacity = 0;  // bytes of redo that the log holds; less than innodb_log_file_size
  std::optional<std::uint64_t>
      receive_queue;  // write-sets that wait to be applied: how far the donor is behind
  std::optional<std::uint64_t>
      flow_control_paused;           // nanoseconds since the start; the difference of two counts
  std::optional<std::string> state;  // "Synced", "Donor/Desynced"
};

class donor_server {
 public:
  explicit donor_server(server_login login);

  server_result<server_sample> sample();

  // SET GLOBAL wsrep_sst_method; returns the value before. While mariadb-backup runs, the donor's must read
  // "mariabackup": with any other the server takes itself out of the group and applies nothing as long as the backup
  // holds its locks. The joiner's own setting is read at its start, so this does not touch it.
  server_result<std::string> set_sst_method(std::string_view method);

 private:
  server_connection server_;
};

}  // namespace mgc::proxy
