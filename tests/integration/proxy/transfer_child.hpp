#pragma once

// A transfer's process in a fork of the test, which plays its server: it reads what it says and what it logs. The test
// must have no threads when it makes one.

#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "proxy/transfer_process.hpp"
#include "tests/integration/proxy/connected.hpp"
#include "tests/unit/child_process.hpp"

namespace mgc::test {

class transfer_child {
 public:
  // `work(transfer_process&)`; a return is a success.
  template <class Work>
  explicit transfer_child(Work work)
      : process_{[&]() -> int {
          ::dup2(said_.write.get(), STDOUT_FILENO);
          ::dup2(log_.write.get(), STDERR_FILENO);
          static proxy::transfer_process process{"test"};  // it outlives what its own thread does
          work(process);
          process.succeed();
        }} {
    said_.write = file_descriptor{};
    log_.write = file_descriptor{};
  }

  pid_t pid() const { return process_.pid(); }
  void kill() { process_.kill(); }
  int exit_code() { return process_.exit_code(); }

  // The next line for the server; empty at the end.
  std::string next_line() { return line_of(said_.read); }
  void read_no_more() { said_.read = file_descriptor{}; }

  // The log, until this has come; empty if it never comes.
  std::string log_until(std::string_view text) {
    std::string log;
    for (auto line = line_of(log_.read); !line.empty(); line = line_of(log_.read)) {
      log += line + '\n';
      if (line.find(text) != std::string::npos) return log;
    }
    return {};
  }
  // What is left of it, until all that could write to it have ended.
  std::string rest_of_log() { return take(log_.read.get()); }

 private:
  static std::string line_of(const file_descriptor& from) {
    std::string line;
    for (auto byte = take(from.get(), 1); !byte.empty() && byte != "\n"; byte = take(from.get(), 1))
      line += byte;
    return line;
  }

  pipe_ends said_ = make_pipe();
  pipe_ends log_ = make_pipe();
  child_process process_;
};

}  // namespace mgc::test
