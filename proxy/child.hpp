#pragma once

// A program that a state transfer drives (rsync, mariadb-backup, mbstream). It is found through PATH and started
// without a shell, in a process group of its own, with the three descriptors it is given and no others, and without the
// secrets of our environment. It does not outlive us: transfer_process kills its group, and the kernel tells it when we
// are killed. I/O ring.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "proxy/error.hpp"
#include "proxy/transfer_process.hpp"

namespace mgc::proxy {

struct command {
  std::vector<std::string> words = {};  // the program and its arguments
  int input = -1;                       // -1: /dev/null
  int output = -1;                      // -1: standard error
  int errors = -1;                      // -1: standard error
  std::vector<int> kept = {};           // further descriptors, under their own numbers
  std::string directory = {};           // empty: the present one
  std::string user = {};                // empty: the one that we are; another one takes root
  std::optional<std::vector<std::string>> environment =
      {};  // NAME=value, each; unset: ours, without the secrets of a transfer
};

struct exit_status {
  int code = 0;    // its exit code
  int signal = 0;  // that killed it, else 0
  bool good() const { return code == 0 && signal == 0; }
};

// "exit code 12", "killed by signal 9 (Killed)"
std::string to_string(exit_status status);

// What child::start does, for whoever waits for children in a way of its own: returns the process, which leads a group of
// its number, and hears of the end of the calling thread by SIGTERM. Error: the system's; no such file when PATH (ours, not
// the command's) has no such program; invalid argument when there is no such user.
result<int> start_process(const command& what);

class child {
 public:
  // The calling thread must live as long as the child: when it ends, the child is told to. Error: the system's; no such
  // file when PATH has no such program.
  static result<child> start(transfer_process& owner, const command& what);

  child(child&& other) noexcept;
  child& operator=(child&&) = delete;
  ~child();  // kills its group, unless it was waited for

  // Waits for its end, then kills what it left behind in its group. Once.
  exit_status wait();

 private:
  child(transfer_process& owner, int pid) : owner_{&owner}, pid_{pid} {}

  transfer_process* owner_;
  int pid_;  // 0 when it was waited for
};

// start() and wait(), for what must succeed: else fails with `code`, after `patience`, in which somebody who knows better why
// may have ended the process.
void run(transfer_process& owner, const command& what, int code, const std::string& purpose,
         std::chrono::milliseconds patience = {});

}  // namespace mgc::proxy
