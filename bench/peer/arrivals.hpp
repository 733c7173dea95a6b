#pragma once

// What arrived when: bytes of one flow in bins of 10 ms. Bin k covers [k, k + 1) * 10 ms of CLOCK_MONOTONIC,
// so the bins of all flows and processes lie on one grid and can be added. Pure bookkeeping: time comes in,
// not thread-safe.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mgc::bench {

class arrivals {
 public:
  explicit arrivals(std::chrono::nanoseconds bin_width = std::chrono::milliseconds{10})
      : bin_width_{bin_width.count()} {}

  // `now` in nanoseconds of CLOCK_MONOTONIC, never before an earlier call's.
  void record(std::int64_t now, std::uint64_t bytes);
  void end(std::string_view how) { end_ = how; }

  std::string to_json() const;

 private:
  std::int64_t bin_width_;         // nanoseconds
  std::string_view end_ = "open";  // or "fin" or "reset"
  std::int64_t first_ = 0;         // first and last byte, nanoseconds
  std::int64_t last_ = 0;
  std::uint64_t total_ = 0;
  std::vector<std::uint64_t> bins_;  // bins_[0] is the one with the first byte
};

// {"flows": [...]}, read by measure/arrivals.py. Throws std::runtime_error.
void write_arrivals(const std::string& path, const std::vector<const arrivals*>& flows);

std::int64_t monotonic_now();  // nanoseconds

}  // namespace mgc::bench
