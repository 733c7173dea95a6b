#pragma once

// A speed in bytes per second, and how people write it. Core: no clock, no I/O; values are freely copied
// between threads.
//
// Two values are not speeds: unlimited() (no tokens are needed) and paused() (no tokens are given).
// 1 KB is 1024 bytes, as for pv and rsync --bwlimit; mbit and its kin are decimal, as for network links.

#include <chrono>
#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "shaper/error.hpp"

namespace mgc::shaper {

using time_point = std::chrono::steady_clock::time_point;
using duration = std::chrono::nanoseconds;

class rate {
 public:
  static constexpr std::uint64_t highest = std::uint64_t{1}
                                           << 40;  // bytes per second; keeps 128-bit products exact

  constexpr rate() = default;  // paused: a forgotten limit moves nothing rather than everything
  static constexpr rate bytes_per_second(std::uint64_t bytes) {
    return rate{bytes < highest ? bytes : highest};
  }
  static constexpr rate kilobytes_per_second(std::uint64_t kilobytes) {
    return bytes_per_second(kilobytes < highest / 1024 ? kilobytes * 1024 : highest);
  }
  static constexpr rate unlimited() { return rate{std::numeric_limits<std::uint64_t>::max()}; }
  static constexpr rate paused() { return rate{0}; }

  constexpr bool is_unlimited() const { return *this == unlimited(); }
  constexpr bool is_paused() const { return *this == paused(); }
  constexpr bool is_limited() const { return !is_unlimited() && !is_paused(); }

  // Bytes per second; 0 when paused, the largest integer when unlimited. The form stored in the shared
  // budget.
  constexpr std::uint64_t count() const { return bytes_; }

  // Whole bytes that this rate gives in `time`, rounded down; 0 for negative times. Only for limited and
  // paused rates.
  std::uint64_t bytes_in(duration time) const;

  // How long `bytes` take, rounded up. Only for limited rates.
  duration time_for(std::uint64_t bytes) const;

  friend constexpr auto operator<=>(rate, rate) = default;

 private:
  explicit constexpr rate(std::uint64_t bytes) : bytes_{bytes} {}
  std::uint64_t bytes_ = 0;
};

// "6000" and "6000k" are KB/s, "50M" and "1G" MB/s and GB/s (powers of 1024), "400mbit" megabits per second
// (powers of 1000), "unlimited". Decimals ("1.5M"), upper and lower case, "KiB", "KB/s" and the like are
// understood. Error: one of error::rate_*.
[[nodiscard]] result<rate> parse_rate(std::string_view text);

// "600k", "2400M", "3G", "1T" or plain bytes. Error: one of error::size_*.
[[nodiscard]] result<std::uint64_t> parse_size(std::string_view text);

// "6000 KB/s", "unlimited": what parse_rate reads back, rounded to whole KB/s. Or "paused".
std::string to_string(rate r);

}  // namespace mgc::shaper
