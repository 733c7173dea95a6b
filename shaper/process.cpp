#include "shaper/process.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <utility>

namespace mgc::shaper {
namespace {

const char* program_name = "";

void say(std::string_view text) {
  [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, text.data(), text.size());
}

// The one way in which a mapped file can hurt: somebody made it shorter (or its file system is full and
// copies on write). Only async-signal-safe calls here;
// the sockets reset themselves (reset_on_close), so nobody takes the part for the whole.
void die_of_lost_budget(int) {
  say({program_name, std::strlen(program_name)});
  say(": the file given as --budget was truncated while in use, or its disk is full; stopped\n");
  ::_exit(1);
}

// Started without one of the first three descriptors, its number would go to the next file opened: the budget
// would be read as standard input, or overwritten as standard output. So it is taken, opened the wrong way
// round for its use: reading or writing it fails as if it were still closed.
void take_missing_descriptors() {
  for (const auto& [number, mode] :
       {std::pair{STDIN_FILENO, O_WRONLY}, {STDOUT_FILENO, O_RDONLY}, {STDERR_FILENO, O_WRONLY}}) {
    if (::fcntl(number, F_GETFD) < 0) (void)::open("/dev/null", mode);
  }
}

}  // namespace

void set_up_process(const char* program) {
  program_name = program;
  take_missing_descriptors();
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a file at its allowed size is an error of the sink like others
  ::signal(SIGBUS, die_of_lost_budget);
}

bool is_ignored(int signal) {
  struct sigaction inherited {};
  return ::sigaction(signal, nullptr, &inherited) != 0 || inherited.sa_handler == SIG_IGN;
}

// Not fmt::print, which throws when it cannot be written.
bool print(const std::string& text) {
  return std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
}

}  // namespace mgc::shaper
