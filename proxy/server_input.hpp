#pragma once

// What servers since MariaDB 11 write to the standard input of a donor's method, in the place of the variables WSREP_SST_OPT_AUTH and
// WSREP_SST_OPT_REMOTE_AUTH of older ones: lines of KEY=VALUE in any order, and then the end. Seen with 11.8:
//
//   sst_user=wsrep.sst.261123_014230_node1      an account that the server has made for this transfer, or that of wsrep_sst_auth
//   sst_password=...
//   sst_remote_user=mgc                         what stood before the '@' of the joiner's address, up to its first ':'
//   sst_remote_password=...                     and behind that

#include <chrono>
#include <string>
#include <string_view>

#include "proxy/error.hpp"

namespace mgc::proxy {

struct server_input {
  std::string
      authentication;  // USER:PASSWORD of wsrep_sst_auth; empty: none, or an account of the server's own making
  std::string remote_authentication;  // as before '@'; empty: none
};

// Core. Lines that are not known mean nothing.
server_input parse_server_input(std::string_view text);

// I/O ring: to the end of `descriptor`, when it is a pipe; else nothing is read. Error: timed_out, message_size for more than 64 KiB.
[[nodiscard]] result<std::string> read_server_input(int descriptor, std::chrono::milliseconds patience);

}  // namespace mgc::proxy
