#include "proxy/child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <thread>

#include "proxy/os_user.hpp"
#include "shaper/file_descriptor.hpp"

namespace mgc::proxy {
namespace {

bool is_secret(std::string_view variable) {
  constexpr std::array<std::string_view, 3> names{
      "WSREP_SST_OPT_AUTH=", "WSREP_SST_OPT_REMOTE_AUTH=", "MYSQL_PWD="};
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view name) { return variable.starts_with(name); });
}

// Another user, as the kernel knows one.
struct identity {
  uid_t user = 0;
  gid_t group = 0;
  std::vector<gid_t> groups;
};

result<std::optional<identity>> find_identity(const std::string& name) {
  if (name.empty()) return std::nullopt;
  const auto found = find_os_user(name);
  if (!found) return system_error(EINVAL);
  if (found->user == ::geteuid()) return std::nullopt;
  identity who{found->user, found->group, std::vector<gid_t>(65536)};
  auto count = static_cast<int>(who.groups.size());
  if (::getgrouplist(name.c_str(), who.group, who.groups.data(), &count) < 0) return system_error(EINVAL);
  who.groups.resize(static_cast<std::size_t>(count));
  return who;
}

// As between fork and exec, below. Returns errno.
int become(const identity& who) {
  if (::setgroups(who.groups.size(), who.groups.data()) != 0 ||
      ::setresgid(who.group, who.group, who.group) != 0 || ::setresuid(who.user, who.user, who.user) != 0)
    return errno;
  return 0;
}

// Between fork and exec, where only what is safe in a signal handler may be called. `descriptors`: how many
// there can be. Returns errno.
int become(const command& what, const std::optional<identity>& who, char** arguments, char** environment,
           int parent, int descriptors) {
  ::setpgid(0, 0);
  if (const int failed = who ? become(*who) : 0; failed != 0) return failed;
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // a change of the user takes it away
  if (::getppid() != parent) return ESRCH;
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  if (!what.directory.empty() && ::chdir(what.directory.c_str()) != 0) return errno;
  const int nothing = what.input < 0 ? ::open("/dev/null", O_RDONLY | O_CLOEXEC) : what.input;
  // From above the standard three first: one of them may be what another is to become.
  const int input = ::fcntl(nothing, F_DUPFD_CLOEXEC, 3);
  const int output = ::fcntl(what.output < 0 ? STDERR_FILENO : what.output, F_DUPFD_CLOEXEC, 3);
  const int errors = ::fcntl(what.errors < 0 ? STDERR_FILENO : what.errors, F_DUPFD_CLOEXEC, 3);
  if (::dup2(input, 0) < 0 || ::dup2(output, 1) < 0 || ::dup2(errors, 2) < 0) return errno;
  if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0) {  // before Linux 5.11, or forbidden
    for (int fd = 3; fd < descriptors; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
  for (const int fd : what.kept) ::fcntl(fd, F_SETFD, 0);
  ::execvpe(arguments[0], arguments, environment);
  return errno;
}

}  // namespace

std::string to_string(exit_status status) {
  if (status.signal == 0) return fmt::format("exit code {}", status.code);
  return fmt::format("killed by signal {} ({})", status.signal, ::sigdescr_np(status.signal));
}

result<int> start_process(const command& what) {
  const auto who = find_identity(what.user);
  if (!who) return who.error();
  std::vector<char*> arguments;
  auto all = what.words;
  arguments.reserve(all.size() + 1);
  for (auto& word : all) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  auto given = what.environment.value_or(std::vector<std::string>{});
  std::vector<char*> environment;
  environment.reserve(given.size() + 1);
  for (auto& variable : given) environment.push_back(variable.data());
  for (char** variable = ::environ; !what.environment && *variable != nullptr; ++variable) {
    if (!is_secret(*variable)) environment.push_back(*variable);
  }
  environment.push_back(nullptr);

  std::array<int, 2> report{};
  if (::pipe2(report.data(), O_CLOEXEC) != 0) return system_error(errno);
  const shaper::file_descriptor reading{report[0]};
  shaper::file_descriptor writing{report[1]};
  const int parent = ::getpid();
  const auto descriptors = static_cast<int>(::sysconf(_SC_OPEN_MAX));
  const int pid = ::fork();
  if (pid < 0) return system_error(errno);
  if (pid == 0) {
    const int failed = become(what, *who, arguments.data(), environment.data(), parent, descriptors);
    [[maybe_unused]] const auto written = ::write(report[1], &failed, sizeof failed);
    ::_exit(127);
  }
  ::setpgid(pid, pid);  // whoever of the two comes first
  writing = shaper::file_descriptor{};
  int failed = 0;
  if (::read(reading.get(), &failed, sizeof failed) != sizeof failed) return pid;
  ::waitpid(pid, nullptr, 0);
  return system_error(failed);
}

result<child> child::start(transfer_process& owner, const command& what) {
  const auto pid = start_process(what);
  if (!pid) return pid.error();
  owner.adopt(*pid);
  return child{owner, *pid};
}

child::child(child&& other) noexcept : owner_{other.owner_}, pid_{std::exchange(other.pid_, 0)} {}

child::~child() {
  if (pid_ == 0) return;
  ::kill(-pid_, SIGKILL);
  (void)wait();
}

exit_status child::wait() {
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
  }
  owner_->release(pid_);
  ::kill(-pid_, SIGKILL);  // its number is still ours
  int status = 0;
  ::waitpid(std::exchange(pid_, 0), &status, 0);
  if (WIFSIGNALED(status)) return {0, WTERMSIG(status)};
  return {WEXITSTATUS(status), 0};
}

void run(transfer_process& owner, const command& what, int code, const std::string& purpose,
         std::chrono::milliseconds patience) {
  auto started = child::start(owner, what);
  if (!started)
    owner.fail(code, fmt::format("{}: cannot start {}: {}; is it installed?", purpose, what.words.front(),
                                 started.error().message()));
  const auto status = started->wait();
  if (status.good()) return;
  std::this_thread::sleep_for(patience);
  owner.fail(code, fmt::format("{}: {} ended with {}; the lines before tell why", purpose, what.words.front(),
                               to_string(status)));
}

}  // namespace mgc::proxy
