#include <vector>

#include "bench/peer/arrivals.hpp"
#include "bench/peer/descriptor.hpp"
#include "bench/peer/forward.hpp"

namespace mgc::bench {
namespace {

constexpr std::size_t buffer_size = 256 << 10;

void copy_all(int from, int to, arrivals* seen) {
  std::vector<char> buffer(buffer_size);
  while (const auto held = check(::read(from, buffer.data(), buffer.size()), "read")) {
    if (seen != nullptr) seen->record(monotonic_now(), static_cast<std::uint64_t>(held));
    const char* next = buffer.data();
    for (auto left = held; left > 0;) {
      const auto written = check(::write(to, next, static_cast<std::size_t>(left)), "write");
      next += written;
      left -= written;
    }
  }
}

}  // namespace

void run_copy_relay(const relay_options& options) { forward_both_ways(options, copy_all); }

}  // namespace mgc::bench
