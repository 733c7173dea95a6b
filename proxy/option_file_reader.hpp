#pragma once

// MariaDB's option files of a machine, with what they include. I/O ring.

#include <string>

#include "proxy/option_file.hpp"

namespace mgc::proxy {

// Which files, in the order in which they are read.
struct option_file_list {
  std::string defaults_file;        // if given: this one alone. Else:
  std::string server_home;          // my.cnf of this directory, behind /etc/my.cnf and /etc/mysql/my.cnf
  std::string defaults_extra_file;  //
  std::string home;                 // .my.cnf of this directory
};

// Files and what they include; relative paths are relative to the working directory. A file that was named must be there.
// One that everybody may write is ignored, as the server does. Throws bad_setting.
option_files read_option_files(const option_file_list& list);

}  // namespace mgc::proxy
