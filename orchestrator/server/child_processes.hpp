#pragma once

// The programs that `mgc run` starts, and the waiting for them within one single-threaded io_context. Each is started without a
// shell, in a process group of its own, with the descriptors it is given and no others, and hears of our death by SIGTERM
// (the kernel's doing, so that of kill -9 too).
//
// As process 1 of a container we are also the parent of every orphan; those are reaped here, and only here: nobody else in
// the process may wait for children. I/O ring; the context's thread, which must live as long as the children.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <optional>

#include "proxy/child.hpp"

namespace mgc::orchestrator {

class child_processes;

// One program that was started. When this object goes before the program has ended, its group is killed (SIGKILL), unless it was
// let go.
class running_child {
 public:
  running_child(running_child&& other) noexcept;
  running_child& operator=(running_child&&) = delete;
  ~running_child();

  int pid() const;
  // Waits as long as it takes; may be awaited again, and by several. Throws operation_aborted when the coroutine is
  // cancelled; the program runs on then.
  boost::asio::awaitable<proxy::exit_status> ended() { return wait_for(state_); }
  std::optional<proxy::exit_status> status() const;  // unset while it runs
  void signal(int number);                           // to it alone; nothing when it has ended
  void kill_group();                                 // SIGKILL
  void let_go() { owned_ = false; }

 private:
  friend class child_processes;
  struct state;
  explicit running_child(std::shared_ptr<state> of) : state_{std::move(of)} {}
  static boost::asio::awaitable<proxy::exit_status> wait_for(std::shared_ptr<state> child);

  std::shared_ptr<state> state_;  // with child_processes, which notes the end in it
  bool owned_ = true;
};

class child_processes {
 public:
  // `reap_strangers`: as process 1.
  explicit child_processes(boost::asio::io_context& context, bool reap_strangers);
  explicit child_processes(boost::asio::io_context& context);  // by our process number
  child_processes(const child_processes&) = delete;
  child_processes& operator=(const child_processes&) = delete;

  // What is left in its group when it has ended is killed, or goes on.
  enum class leftovers { kill, leave };
  // Error: the system's; no such file when PATH has no such program.
  proxy::result<running_child> start(const proxy::command& what, leftovers when_it_ends = leftovers::kill);

  // Until all those have ended that were killed because their object went.
  boost::asio::awaitable<void> settled();

  boost::asio::io_context& context() { return context_; }

 private:
  void wait_for_signal();
  void collect();
  void ended(int pid);

  boost::asio::io_context& context_;
  boost::asio::signal_set child_ended_;
  bool reap_strangers_;
  std::map<int, std::shared_ptr<running_child::state>> running_;
};

}  // namespace mgc::orchestrator
