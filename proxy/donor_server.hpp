#pragma once

// A connection to the donor's own server, over its socket: what the redo guard and the status need to know, and the one
// variable that has to be another while mariadb-backup runs. It may be slow, refuse, or go away at any time; a call then
// fails within seconds, and the next one connects again. I/O ring; blocks, so use it from one thread of its own.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

#include "proxy/redo_guard.hpp"
#include "proxy/sst_context.hpp"

struct st_mysql;

namespace mgc::proxy {

struct server_login {
  std::string socket;
  std::string user;  // empty: the one this process runs as
  std::string password;
};

// As the settings of a transfer have it.
server_login login_of(const sst_context& context);

// What went wrong, for the log: what was being done, where, and the server's or the client library's words.
struct server_problem {
  unsigned number =
      0;  // of the error, as the server counts them; 0: it answered, but not with what was asked for
  std::string text;
};

template <class T>
using server_result = boost::system::result<T, server_problem>;

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
  ~donor_server();
  donor_server(donor_server&&) noexcept;
  donor_server& operator=(donor_server&&) = delete;

  server_result<server_sample> sample();

  // SET GLOBAL wsrep_sst_method; returns the value before. While mariadb-backup runs, the donor's must read
  // "mariabackup": with any other the server takes itself out of the group and applies nothing as long as the backup
  // holds its locks. The joiner's own setting is read at its start, so this does not touch it.
  server_result<std::string> set_sst_method(std::string_view method);

 private:
  struct closer {
    void operator()(st_mysql* connection) const;
  };
  using rows = std::vector<std::pair<std::string, std::string>>;

  std::optional<server_problem> connect();
  server_result<rows> query(const std::string& statement);
  server_problem failed(std::string_view doing);

  server_login login_;
  std::unique_ptr<st_mysql, closer> connection_;
};

}  // namespace mgc::proxy
