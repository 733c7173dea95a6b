#include "proxy/shaped_output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "proxy/pipe.hpp"
#include "shaper/pipe_mover.hpp"

namespace mgc::proxy {

shaped_output::shaped_output(transfer_process& process, link& over, pace at) {
  auto ends = make_pipe(process);
  read_end_ = std::move(ends.read);
  write_end_ = std::move(ends.write);
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
