#include "shaper/stderr_line.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

namespace mgc::shaper {

void write_to_stderr(std::string_view text) {
  static unsigned lost = 0;
  pollfd one{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&one, 1, 0) <= 0 || (one.revents & POLLOUT) == 0) {
    ++lost;
    return;
  }
  const auto whole = lost > 0 ? fmt::format("mgc-shaper: ({} lines could not be written)\n{}", lost, text)
                              : std::string{text};
  lost = 0;
  [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, whole.data(), whole.size());
}

}  // namespace mgc::shaper
