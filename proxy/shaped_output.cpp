#include "proxy/shaped_output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "shaper/pipe_mover.hpp"

namespace mgc::proxy {

shaped_output::shaped_output(transfer_process& process, link& over, pace at) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    process.fail(errno, fmt::format("no pipe to be had: {}", last_error().message()));
  read_end_ = shaper::file_descriptor{ends[0]};
  write_end_ = shaper::file_descriptor{ends[1]};
  mover_ = std::thread{[&process, &over, at, from = read_end_.get()] {
    const auto how = shaper::move_stream(from, over.socket(), at.budget.tokens(), at.record, &at.freed);
    if (how.complete()) return;
    constexpr std::chrono::seconds for_the_peer{
        1};  // its reason is on the way, and its reader ends the process
    std::this_thread::sleep_for(for_the_peer);
    process.fail(errno_of(how.why),
                 fmt::format("the joiner takes no more data: {}; see its log", how.why.message()));
  }};
}

void shaped_output::finish() {
  if (!mover_.joinable()) return;
  write_end_ = shaper::file_descriptor{};
  mover_.join();
}

}  // namespace mgc::proxy
