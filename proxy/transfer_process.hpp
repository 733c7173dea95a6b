#pragma once

// The process of one state transfer: what the server expects of it, and that nothing outlives it.
//
// mysqld starts it with pipes under extra descriptor numbers, does not kill it, and waits for it without a timeout
// (the server's side of the contract is read in sql/wsrep_sst.cc and sql/wsrep_utils.cc of MariaDB 10.11). So: every
// inherited descriptor but the standard three is closed at once; standard output, which the server reads, goes to a
// descriptor that no child gets, and 1 becomes standard error; SIGTERM and the server's death end the process at once.
//
// There is one way out for every failure, from any thread: fail(). It kills the children, removes what was registered,
// and exits. Nothing else has to be unwound. I/O ring; thread-safe. One object in a process, made first in main.

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "shaper/file_descriptor.hpp"

namespace mgc::proxy {

class transfer_process {
 public:
  // `name` begins each line of the log: "mgc_rsync donor".
  explicit transfer_process(std::string name);
  transfer_process(const transfer_process&) = delete;
  transfer_process& operator=(const transfer_process&) = delete;

  // One line to the server, in one write. A server that is gone ends the process.
  void tell_server(std::string_view line);

  // Ends the process when the server's does. `pid` is a joiner's --parent; 0: it is found from here, past the shell
  // that the server starts us with.
  void watch_server(int pid);

  // Lines of the server's log.
  void note(std::string_view text) { log("Note", text); }
  void warn(std::string_view text) { log("Warning", text); }

  // `code` is an errno, which the server shows to all nodes in words. Only the first caller is heard.
  [[noreturn]] void fail(int code, std::string_view what);
  [[noreturn]] void succeed();

  // A failure leaves the server so much time to end by itself before this process does. For when the donor was told of it:
  // the group then ends the server, and if the end of its script did so at the same time, two threads of Galera would end
  // it, and may wait for each other for ever (libgalera 26.4.23). A signal cuts it short.
  void leave_the_end_to_the_server(std::chrono::milliseconds patience) { patience_ = patience; }

  // Does `work`; an exception from it is a failure, before anything that it left is unwound: that could wait for ever.
  void guard(const std::function<void()>& work);

  // Called by fail(), in the order given, before anything is killed: to tell the peer, to put back what was changed.
  using last_words = std::function<void(int code, const std::string& what)>;
  unsigned add_last_words(last_words say);
  void forget_last_words(unsigned number);

  // Files and directories with all that is in them, which are to go when the process ends, however it ends.
  void remove_at_end(const std::string& path);
  void keep(const std::string& path);  // no longer

  // Descriptors that stay open until the process ends: locks.
  void hold(shaper::file_descriptor descriptor);

  // Process groups that are to be killed when the process ends (child.hpp).
  void adopt(int group);
  void release(int group);

 private:
  void log(std::string_view level, std::string_view text);
  void watch();
  void clean_up();
  void await_the_servers_end();

  std::string name_;
  shaper::file_descriptor to_server_;
  shaper::file_descriptor signals_;
  shaper::file_descriptor wake_watcher_;
  shaper::file_descriptor server_;  // pidfd
  std::mutex logging_;
  std::mutex mutex_;   // what follows
  std::mutex ending_;  // taken by the first fail() or succeed(), never released
  std::set<std::string> to_remove_;
  std::set<int> groups_;
  std::map<unsigned, last_words> last_words_;
  unsigned next_number_ = 0;
  std::vector<shaper::file_descriptor> held_;
  std::atomic<std::chrono::milliseconds> patience_{};
  shaper::file_descriptor told_to_end_;  // readable for good once a signal came
};

}  // namespace mgc::proxy
