#pragma once

// The command line with which the server starts a method of state transfer. Core.
//
// "--name value" and "--name=value" are the same. Options that are not known are skipped, as are words that belong to
// none: other servers and later versions hand over more. --mysqld-args ends the list, what follows is the server's own.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mgc::proxy {

enum class sst_role { donor, joiner };

struct sst_arguments {
  sst_role role = sst_role::joiner;
  std::string address;  // as given; see transfer_address.hpp
  std::string datadir;  // without a slash at the end
  std::string socket;
  std::uint16_t local_port = 0;  // 0: not given
  std::optional<int> parent;     // process id of the joining server
  bool progress = false;         // the server reads "total" and "complete" lines
  bool bypass = false;
  std::string gtid;            // UUID:SEQNO; always there for a donor
  std::string gtid_domain_id;  // a number, or empty
  std::string binlog;          // empty: the server writes no binary log
  std::string binlog_index;
  std::string defaults_file;
  std::string defaults_extra_file;
  std::string defaults_group_suffix;
  std::vector<std::string> server_arguments;  // without the server's argv[0]
};

// argv[0] is skipped. Throws bad_setting: it names the option, its value and what is allowed.
sst_arguments parse_sst_arguments(std::span<const char* const> argv);

}  // namespace mgc::proxy
