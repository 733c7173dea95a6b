#pragma once

// One question to the `mgc run` of this machine through its socket, for the commands of `mgc`. I/O ring; blocks, at most
// until the deadline.

#include <boost/system/result.hpp>
#include <chrono>
#include <string>
#include <string_view>

namespace mgc::orchestrator {

// RUN_DIR/mgc.sock.
std::string local_socket(const std::string& run_directory);

// `named` (--run-dir), else $base_dir/run, else /data/mariadb-galera/run.
std::string find_run_directory(const std::string& named);

struct local_answer {
  unsigned status = 0;  // of HTTP
  std::string body;
};

struct not_answered {
  bool nobody_listens = false;  // no such socket, or nobody behind it: `mgc run` does not run there
  std::string why;              // for people: which socket, what failed, what to do
};

// GET when `body` is empty, else POST.
boost::system::result<local_answer, not_answered> ask_locally(const std::string& run_directory,
                                                              std::string_view target, std::string_view body,
                                                              std::chrono::milliseconds patience);

}  // namespace mgc::orchestrator
