#include "orchestrator/config/ask_server.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <system_error>

#include "proxy/whole_file.hpp"
#include "shaper/file_descriptor.hpp"

namespace mgc::orchestrator {
namespace {

using shaper::file_descriptor;

constexpr std::chrono::seconds patience{30};
constexpr std::size_t largest_answer = std::size_t{16} << 20;
constexpr int option_descriptor = 3;

// Even for its help the server makes a file in its datadir for a moment: here it cannot.
constexpr auto no_datadir = "--datadir=/dev/null/none";

std::string reason(int number) { return std::generic_category().message(number); }

file_descriptor file_in_memory(const std::string& text) {
  file_descriptor file{::memfd_create("mgc", MFD_CLOEXEC)};
  if (!file || ::fchmod(file.get(), S_IRUSR | S_IWUSR) != 0) return {};
  for (std::size_t at = 0; at < text.size();) {
    const auto written = ::write(file.get(), text.data() + at, text.size() - at);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return {};
    at += static_cast<std::size_t>(written);
  }
  return file;
}

std::string content_of(const file_descriptor& file) {
  if (::lseek(file.get(), 0, SEEK_SET) != 0) return {};
  auto content = proxy::read_whole_file(file.get(), largest_answer);
  return content ? std::move(*content) : std::string{};
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

class spawn_actions {
 public:
  spawn_actions() { ::posix_spawn_file_actions_init(&actions_); }
  spawn_actions(const spawn_actions&) = delete;
  ~spawn_actions() { ::posix_spawn_file_actions_destroy(&actions_); }

  // In this order.
  void place(const file_descriptor& from, int to) {
    ::posix_spawn_file_actions_adddup2(&actions_, from.get(), to);
  }
  void open_nothing(int to) { ::posix_spawn_file_actions_addopen(&actions_, to, "/dev/null", O_RDONLY, 0); }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

// Its status, as waitpid() has it; unset when it had to be killed.
std::optional<int> wait_for(pid_t pid) {
  const file_descriptor process{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
  const auto until = std::chrono::steady_clock::now() + patience;
  bool ended = !process;  // an old kernel: wait without an end
  while (!ended) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now())
            .count();
    ::pollfd one{process.get(), POLLIN, 0};
    const int ready = left > 0 ? ::poll(&one, 1, static_cast<int>(left)) : 0;
    if (ready < 0 && errno == EINTR) continue;
    ended = ready > 0;
    if (!ended) break;
  }
  if (!ended) ::kill(pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return ended ? std::optional{status} : std::nullopt;
}

}  // namespace

server_answer ask_server(const std::string& program, const std::string& option_file,
                         const std::vector<std::string>& words) {
  const auto output = file_in_memory("");
  const auto errors = file_in_memory("");
  const auto options = file_in_memory(option_file);
  if (!output || !errors || !options) return {-1, "", "no file in memory can be made: " + reason(errno)};

  std::vector<std::string> arguments{program,
                                     fmt::format("--defaults-file=/proc/self/fd/{}", option_descriptor)};
  arguments.insert(arguments.end(), words.begin(), words.end());
  arguments.insert(arguments.end(), {no_datadir, "--verbose", "--help"});
  std::vector<std::string> environment{"LC_ALL=C"};
  for (const auto* const name : {"PATH", "HOME", "LD_LIBRARY_PATH", "TMPDIR"}) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread exists
    if (const char* const value = std::getenv(name)) environment.push_back(fmt::format("{}={}", name, value));
  }

  spawn_actions actions;
  actions.open_nothing(0);
  actions.place(output, 1);
  actions.place(errors, 2);
  actions.place(options, option_descriptor);
  pid_t pid = 0;
  const int failed = ::posix_spawn(&pid, program.c_str(), actions.get(), nullptr,
                                   pointers_to(arguments).data(), pointers_to(environment).data());
  if (failed != 0) return {-1, "", "it cannot be run: " + reason(failed)};
  const auto status = wait_for(pid);
  if (!status) return {-1, "", fmt::format("'--verbose --help' did not end within {} s", patience.count())};
  return {WIFEXITED(*status) ? WEXITSTATUS(*status) : 128 + WTERMSIG(*status), content_of(output),
          content_of(errors)};
}

}  // namespace mgc::orchestrator
