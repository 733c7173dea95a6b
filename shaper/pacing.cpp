// What "pacing" does by itself, and why records are needed. With SO_MAX_PACING_RATE, TCP sends a packet,
// waits until the time that its bytes take at that rate has passed, and sends the next. But its packets
// before segmentation are up to 64 KiB when the round trip is short (tcp_tso_autosize, since Linux 5.18), and
// a local one always is: at 6000 KB/s that is a burst of 64 KiB every 11 ms, or 10 % more in some 100 ms than
// in others. TCP joins what it has not sent yet into such packets, except across the end of a record
// (MSG_EOR). So a piece of 20 ms is written as twenty records of one millisecond: one wake-up and one call
// for us, and the kernel's timer spreads them over exactly their 20 ms.

#include "shaper/pacing.hpp"

#include <algorithm>

namespace mgc::shaper {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kibibyte = 1024;
constexpr std::uint64_t mebibyte = 1024 * kibibyte;
constexpr std::uint64_t least_piece = 512;  // below 100 KB/s rather fewer pieces than smaller ones

// Two pieces and their overhead fit the send buffer that most systems allow anybody (net.core.wmem_max).
constexpr std::uint64_t paced_piece = 128 * kibibyte;
constexpr std::uint64_t send_buffer = 512 * kibibyte;

// Above it a burst of 64 KiB is no longer than two milliseconds, and splicing beats copying.
constexpr auto fastest_in_records = rate::bytes_per_second(32 * mebibyte);

// How much of a piece TCP still holds when the next one comes.
duration reserve(rate limit) { return limit.time_for(quantum(limit, evenness::by_kernel)) * 4 / 5; }

}  // namespace

std::uint64_t quantum(rate limit, evenness how) {
  if (limit.is_unlimited()) return mebibyte;
  if (how != evenness::by_kernel) return std::clamp(limit.bytes_in(milliseconds{5}), least_piece, mebibyte);
  const auto most = std::clamp(limit.bytes_in(milliseconds{1}), paced_piece, mebibyte);
  return std::clamp(limit.bytes_in(milliseconds{25}), least_piece, most);
}

duration lead(rate limit, evenness how) {
  if (how != evenness::by_kernel || !needs_records(limit)) return duration{0};
  return limit.time_for(quantum(limit, how)) + reserve(limit);
}

bool needs_records(rate limit) { return limit.is_limited() && limit <= fastest_in_records; }

std::size_t fill_size(rate limit, evenness how, std::size_t capacity) {
  if (!limit.is_limited()) return capacity;
  const bool copies = how == evenness::by_kernel && needs_records(limit);
  const auto wanted = copies || how == evenness::at_source
                          ? quantum(limit, how)
                          : std::max(limit.bytes_in(milliseconds{50}), 64 * kibibyte);
  return static_cast<std::size_t>(std::min<std::uint64_t>(wanted, capacity));
}

// Without records nothing is handed over early: then TCP may be a little faster than the budget, which
// decides. With them, TCP decides from moment to moment, and is trimmed by what it is ahead or behind: 0.1 %
// for each millisecond of the limit.
kernel_pacing pace_kernel(rate limit, std::size_t segment, std::uint64_t unsent, bool was_full) {
  kernel_pacing pacing;
  if (!limit.is_limited()) return pacing;
  const auto piece = quantum(limit, evenness::by_kernel);
  pacing.unsent =
      static_cast<std::uint32_t>(std::clamp(limit.bytes_in(milliseconds{100}), 4 * piece, 64 * mebibyte));
  if (piece <= paced_piece) pacing.send_buffer = send_buffer;
  std::int64_t thousandths = 50;
  if (needs_records(limit)) {
    thousandths =
        std::clamp<std::int64_t>((limit.time_for(unsent) - reserve(limit)) / milliseconds{1}, -5, 50);
    if (was_full) thousandths = std::max<std::int64_t>(thousandths, 20);
    pacing.record = std::max(limit.bytes_in(milliseconds{1}), least_piece);
    if (pacing.record > segment && segment > 0)
      pacing.record -= pacing.record % segment;  // no short packet at its end
  }
  const auto count = static_cast<std::int64_t>(limit.count());
  pacing.bytes_per_second = static_cast<std::uint64_t>(count + count / 1000 * thousandths);
  return pacing;
}

}  // namespace mgc::shaper
