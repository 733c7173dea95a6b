#pragma once

// Everything that the option files say about a state transfer: group [mgc], what the stock methods read ([sst],
// [xtrabackup], [mariabackup]), and where the server keeps its files. Core: resolve_settings decides from what it is
// given, and reads small files (the secret, are the certificates there) through `setting_files`.
//
// What the operator asked for is done, refused with an error, or named in `notes`; nothing is dropped in silence.
// Encryption that was asked for is never dropped.

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "proxy/error.hpp"
#include "proxy/option_file.hpp"
#include "proxy/setting_lookup.hpp"
#include "proxy/sst_arguments.hpp"
#include "proxy/tls_choice.hpp"
#include "shaper/rate.hpp"

namespace mgc::proxy {

enum class compress_choice { off, zstd, automatic };

// Absolute paths without a slash at the end; the data directory where the server has no other for it.
struct server_directories {
  std::string data;
  std::string innodb_data_home;
  std::string innodb_log_group_home;
  std::string innodb_undo;
  std::string aria_log;
  std::string binlog;        // directory and base name; empty: no binary log
  std::string binlog_index;  // a file
};

struct sst_settings {
  shaper::rate transfer_limit = shaper::rate::unlimited();
  std::string limit_origin;     // "[mgc] transfer_limit", "[sst] rlimit"; empty: no limit was given
  std::string transfer_budget;  // file; empty: the node's own

  tls_choice tls = tls_choice::off;
  std::string cluster_secret;  // whatever tls is; empty: not given
  // Files in PEM, for certificates; the key may be in the same file as the certificate. Without an authority (tls_ca and
  // tls_capath empty) the peer's certificate cannot be verified.
  std::string tls_ca;
  std::string tls_capath;  // a directory
  std::string tls_cert;
  std::string tls_key;

  compress_choice compress = compress_choice::automatic;  // zstd on the wire
  std::chrono::seconds transfer_timeout{120};             // so long no byte is given or taken by the peer
  std::chrono::seconds initial_timeout{0};                // for the donor to come; 0: no end

  unsigned backup_threads = 0;  // 0: not given
  std::vector<std::string> backup_options;
  std::vector<std::string> prepare_options;
  std::vector<std::string> move_options;
  std::string use_memory;           // for prepare; empty: not given
  std::string temporary_directory;  // empty: the system's
  bool backup_compress = false;     // mariadb-backup --compress, whatever `compress` is
  std::string backup_compress_algorithm;
  unsigned backup_compress_threads = 0;    // 0: not given
  std::string backup_compress_chunk_size;  // empty: not given
  bool archive_logs = true;
  std::string log_archive_directory = "/tmp/sst_log_archive";
  int max_binlogs = 1;       // negative: all
  std::string keep_pattern;  // what a wipe leaves alone, a pattern of GNU find -regex; empty: not given

  std::string user;  // for mariadb-backup and our own questions; empty: the one we run as
  std::string password;
  // For the command line of mariadb-backup, when neither `user` nor its option files name one: mariadb-backup 10.11.19 asks
  // the system for its user from two threads at once, and may get the name of another. Empty: nothing is to be said.
  std::string backup_user;
  server_directories directories;

  std::vector<std::string> notes;  // for the log: each names an option, its file, and what to use instead
};

// What comes to us besides the command line.
struct sst_environment {
  std::string authentication;         // WSREP_SST_OPT_AUTH
  std::string remote_authentication;  // WSREP_SST_OPT_REMOTE_AUTH; see server_input.hpp
  std::string innodb_data_home_dir;   // INNODB_DATA_HOME_DIR
  std::string server_home;            // MARIADB_HOME, else MYSQL_HOME
  std::string home;                   // HOME
  std::string system_user;            // whom a donor runs as; empty: without a name
};

// The few files that settings name, as far as they decide something.
struct setting_files {
  std::function<result<std::string>(const std::string& path)> read;  // a small file, whole
  std::function<error_code(const std::string& path)> check;          // unset: it can be read
  std::function<bool(const std::string& path)> is_directory;
};

struct configured_limit {
  shaper::rate limit = shaper::rate::unlimited();
  std::string origin;  // "[mgc] transfer_limit", "[sst] rlimit"; empty: no limit was given
};

// Throws bad_setting.
configured_limit read_limit(setting_lookup& lookup);

// Throws bad_setting.
sst_settings resolve_settings(const sst_arguments& arguments, const option_files& files,
                              const sst_environment& environment, const setting_files& content);

}  // namespace mgc::proxy
