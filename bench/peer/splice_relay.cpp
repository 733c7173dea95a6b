#include <fcntl.h>

#include "bench/peer/arrivals.hpp"
#include "bench/peer/descriptor.hpp"
#include "bench/peer/forward.hpp"

namespace mgc::bench {
namespace {

constexpr int pipe_size = 1 << 20;

void splice_all(int from, int to, arrivals* seen) {
  int ends[2];
  check(::pipe2(ends, O_CLOEXEC), "pipe");
  const descriptor out{ends[0]};
  const descriptor in{ends[1]};
  check(::fcntl(in.get(), F_SETPIPE_SZ, pipe_size), "F_SETPIPE_SZ");
  while (const auto held = check(::splice(from, nullptr, in.get(), nullptr, pipe_size, 0), "splice in")) {
    if (seen != nullptr) seen->record(monotonic_now(), static_cast<std::uint64_t>(held));
    for (auto left = held; left > 0;) {
      left -=
          check(::splice(out.get(), nullptr, to, nullptr, static_cast<std::size_t>(left), 0), "splice out");
    }
  }
}

}  // namespace

void run_splice_relay(const relay_options& options) { forward_both_ways(options, splice_all); }

}  // namespace mgc::bench
