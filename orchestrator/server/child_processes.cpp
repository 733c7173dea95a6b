#include "orchestrator/server/child_processes.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <csignal>
#include <utility>
#include <vector>

namespace mgc::orchestrator {

namespace asio = boost::asio;
using proxy::exit_status;

struct running_child::state {
  state(asio::io_context& context, int of, bool clean)
      : pid{of}, kills_leftovers{clean}, ended{context, asio::steady_timer::time_point::max()} {}

  int pid;
  bool kills_leftovers;
  bool abandoned = false;
  std::optional<exit_status> status;
  asio::steady_timer ended;  // never expires; cancelled when it has
};

namespace {

bool has_ended(int pid) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == pid;
}

exit_status reap(int pid) {
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (WIFSIGNALED(status)) return {0, WTERMSIG(status)};
  return {WEXITSTATUS(status), 0};
}

}  // namespace

running_child::running_child(running_child&& other) noexcept
    : state_{std::move(other.state_)}, owned_{std::exchange(other.owned_, false)} {}

running_child::~running_child() {
  if (!owned_ || !state_ || state_->status) return;
  state_->abandoned = true;
  kill_group();
}

int running_child::pid() const { return state_->pid; }

asio::awaitable<exit_status> running_child::wait_for(std::shared_ptr<state> child) {
  while (!child->status) {
    boost::system::error_code cancelled;
    co_await child->ended.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    if (!child->status) throw boost::system::system_error{asio::error::operation_aborted};
  }
  co_return *child->status;
}

std::optional<exit_status> running_child::status() const { return state_->status; }

void running_child::signal(int number) {
  if (!state_->status) ::kill(state_->pid, number);  // not reaped: its number is still its own
}

void running_child::kill_group() {
  if (!state_->status) ::kill(-state_->pid, SIGKILL);
}

child_processes::child_processes(asio::io_context& context, bool reap_strangers)
    : context_{context}, child_ended_{context, SIGCHLD}, reap_strangers_{reap_strangers} {
  wait_for_signal();
}

child_processes::child_processes(asio::io_context& context) : child_processes{context, ::getpid() == 1} {}

proxy::result<running_child> child_processes::start(const proxy::command& what, leftovers when_it_ends) {
  const auto pid = proxy::start_process(what);
  if (!pid) return pid.error();
  auto made = std::make_shared<running_child::state>(context_, *pid, when_it_ends == leftovers::kill);
  running_.emplace(*pid, made);
  return running_child{std::move(made)};
}

asio::awaitable<void> child_processes::settled() {
  for (;;) {
    std::shared_ptr<running_child::state> one;
    for (const auto& [pid, child] : running_) {
      if (child->abandoned) one = child;
    }
    if (!one) co_return;
    co_await running_child::wait_for(one);
  }
}

void child_processes::wait_for_signal() {
  child_ended_.async_wait([this](boost::system::error_code stopped, int) {
    if (stopped) return;
    collect();
    wait_for_signal();
  });
}

void child_processes::ended(int pid) {
  const auto found = running_.find(pid);
  if (found == running_.end()) {
    reap(pid);
    return;
  }
  const auto child = found->second;
  running_.erase(found);
  if (child->kills_leftovers) ::kill(-pid, SIGKILL);  // before its number can be another's
  child->status = reap(pid);
  child->ended.cancel();
}

// One signal may stand for several ends.
void child_processes::collect() {
  std::vector<int> gone;
  for (const auto& [pid, child] : running_) {
    if (has_ended(pid)) gone.push_back(pid);
  }
  for (const int pid : gone) ended(pid);
  siginfo_t info{};
  while (reap_strangers_ && ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0) {
    ended(info.si_pid);
    info = {};
  }
}

}  // namespace mgc::orchestrator
