#include "proxy/transfer_process.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <thread>
#include <tuple>
#include <vector>

#include "proxy/bad_setting.hpp"
#include "proxy/error.hpp"
#include "proxy/log_text.hpp"
#include "shaper/stderr_line.hpp"

namespace mgc::proxy {
namespace {

sigset_t fatal_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int one : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) ::sigaddset(&set, one);
  return set;
}

struct process_facts {
  std::string name;
  int parent = 0;
};

// From /proc/PID/stat: "PID (NAME) STATE PARENT ...".
process_facts facts_of(int pid) {
  std::ifstream file{fmt::format("/proc/{}/stat", pid)};
  std::string line;
  std::getline(file, line);
  const auto open = line.find('(');
  const auto close = line.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close + 4 >= line.size()) return {};
  return {line.substr(open + 1, close - open - 1), std::atoi(line.c_str() + close + 4)};
}

// The server starts us by `sh -c`, and dash stays between.
int find_server() {
  const auto parent = ::getppid();
  const auto facts = facts_of(parent);
  for (const std::string_view shell : {"sh", "dash", "bash", "busybox"}) {
    if (facts.name == shell) return facts.parent;
  }
  return parent;
}

// Kernels before 5.9 and some seccomp profiles have no close_range(2).
void close_all_but(int kept) {
  const auto number = static_cast<unsigned>(kept);
  if (number > 3 && ::close_range(3, number - 1, 0) != 0) {
    for (int fd = 3; fd < kept; ++fd) ::close(fd);
  }
  ::closefrom(kept + 1);
}

void set(const shaper::file_descriptor& event) {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(event.get(), &one, sizeof one);
}

transfer_process* the_process = nullptr;

void fail_for_exception() {
  try {
    if (const auto unexpected = std::current_exception()) std::rethrow_exception(unexpected);
  } catch (const std::exception& what) {
    the_process->fail(EIO, what.what());
  } catch (...) {
  }
  the_process->fail(EIO, "stopped by an error that should not be");
}

}  // namespace

transfer_process::transfer_process(std::string name) : name_{std::move(name)} {
  to_server_ = shaper::file_descriptor{::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)};
  if (::fcntl(STDERR_FILENO, F_GETFD) < 0) ::open("/dev/null", O_WRONLY);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  if (!to_server_) fail(EBADF, "standard output is closed: the server does not listen");
  close_all_but(to_server_.get());

  the_process = this;
  std::set_terminate(fail_for_exception);  // of any thread
  ::signal(SIGPIPE, SIG_IGN);              // standard error may be a pipe that nobody reads any more
  const auto set = fatal_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_ = shaper::file_descriptor{::signalfd(-1, &set, SFD_CLOEXEC)};
  wake_watcher_ = shaper::file_descriptor{::eventfd(0, EFD_CLOEXEC)};
  told_to_end_ = shaper::file_descriptor{::eventfd(0, EFD_CLOEXEC)};
  std::thread{[this] { watch(); }}.detach();  // ends with the process, of which there is one object
}

void transfer_process::tell_server(std::string_view line) {
  const auto text = std::string{line} + '\n';
  const auto written = ::write(to_server_.get(), text.data(), text.size());
  if (written != static_cast<ssize_t>(text.size()))
    fail(EPIPE, "the server does not read what this process says; it has ended");
}

void transfer_process::watch_server(int pid) {
  const int server = pid > 0 ? pid : find_server();
  const auto descriptor = static_cast<int>(::syscall(SYS_pidfd_open, server, 0));
  if (descriptor < 0)
    fail(EPIPE, fmt::format("the server (process {}) has ended: {}", server, last_error().message()));
  {
    const std::lock_guard lock{mutex_};
    server_ = shaper::file_descriptor{descriptor};
  }
  set(wake_watcher_);
}

void transfer_process::watch() {
  for (;;) {
    int server = -1;
    {
      const std::lock_guard lock{mutex_};
      server = server_.get();
    }
    std::array<pollfd, 3> all{
        {{signals_.get(), POLLIN, 0}, {wake_watcher_.get(), POLLIN, 0}, {server, POLLIN, 0}}};
    if (::poll(all.data(), all.size(), -1) < 0) continue;
    if (all[2].revents != 0) fail(EPIPE, "the server has ended; so does its state transfer");
    if (all[0].revents != 0) {
      signalfd_siginfo got{};
      if (::read(signals_.get(), &got, sizeof got) == sizeof got) {
        set(told_to_end_);
        fail(EINTR, fmt::format("stopped by signal {} ({})", got.ssi_signo,
                                ::sigdescr_np(static_cast<int>(got.ssi_signo))));
      }
    }
    std::uint64_t count = 0;
    [[maybe_unused]] const auto woken =
        all[1].revents != 0 ? ::read(wake_watcher_.get(), &count, sizeof count) : 0;
  }
}

void transfer_process::log(std::string_view level, std::string_view text) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const std::lock_guard lock{logging_};
  shaper::write_to_stderr(fmt::format("{:%Y-%m-%d %H:%M:%S} [{}] {}: {}\n",
                                      fmt::localtime(std::chrono::system_clock::to_time_t(now)), level, name_,
                                      for_log(text, 3000)));
}

void transfer_process::fail(int code, std::string_view what) {
  ending_.lock();
  log("ERROR", what);
  std::map<unsigned, last_words> all;
  {
    const std::lock_guard lock{mutex_};
    all = last_words_;
  }
  for (const auto& [number, say] : all) say(code, std::string{what});
  clean_up();
  await_the_servers_end();
  ::_exit(code);
}

void transfer_process::await_the_servers_end() {
  int server = -1;
  {
    const std::lock_guard lock{mutex_};
    server = server_.get();
  }
  std::array<pollfd, 2> all{{{told_to_end_.get(), POLLIN, 0}, {server, POLLIN, 0}}};
  const auto patience = static_cast<int>(patience_.load().count());
  if (server >= 0 && patience > 0) std::ignore = ::poll(all.data(), all.size(), patience);
}

void transfer_process::succeed() {
  ending_.lock();
  clean_up();
  ::_exit(0);
}

void transfer_process::clean_up() {
  const std::lock_guard lock{mutex_};
  for (const int group : groups_) ::kill(-group, SIGKILL);
  // One that hangs in the kernel, on a dead disk, must not hold up this end.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{5};
  for (const int group : groups_) {
    while (::waitpid(-group, nullptr, WNOHANG) >= 0 && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  for (const auto& path : to_remove_) {
    std::error_code ignored;  // what cannot be removed now is removed by the next transfer
    std::filesystem::remove_all(path, ignored);
  }
}

void transfer_process::guard(const std::function<void()>& work) {
  try {
    work();
  } catch (const bad_setting& wrong) {
    fail(bad_setting::exit_code, wrong.what());
  } catch (const std::exception& unexpected) {
    fail(EIO, unexpected.what());
  }
}

unsigned transfer_process::add_last_words(last_words say) {
  const std::lock_guard lock{mutex_};
  last_words_.emplace(next_number_, std::move(say));
  return next_number_++;
}

void transfer_process::forget_last_words(unsigned number) {
  const std::lock_guard lock{mutex_};
  last_words_.erase(number);
}

void transfer_process::hold(shaper::file_descriptor descriptor) {
  const std::lock_guard lock{mutex_};
  held_.push_back(std::move(descriptor));
}

void transfer_process::remove_at_end(const std::string& path) {
  const std::lock_guard lock{mutex_};
  to_remove_.insert(path);
}

void transfer_process::keep(const std::string& path) {
  const std::lock_guard lock{mutex_};
  to_remove_.erase(path);
}

void transfer_process::adopt(int group) {
  const std::lock_guard lock{mutex_};
  groups_.insert(group);
}

void transfer_process::release(int group) {
  const std::lock_guard lock{mutex_};
  groups_.erase(group);
}

}  // namespace mgc::proxy
