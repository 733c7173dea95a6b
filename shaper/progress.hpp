#pragma once

// What an operator wants to read of a running transfer: how far, how fast, how long still, and what holds it
// back. Core: figures and times come in, text goes out.

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "shaper/rate.hpp"
#include "shaper/transfer.hpp"

namespace mgc::shaper {

struct progress {
  std::uint64_t bytes = 0;
  std::uint64_t total = 0;  // 0 when unknown
  duration elapsed{0};
  double bytes_per_second = 0;          // over the last second
  double average_bytes_per_second = 0;  // since the start
  rate limit;
  holder held_by =
      holder::nothing;  // what most of the last second was spent waiting for; nothing: it ran freely
  std::array<duration, holder_count> waited{};

  std::optional<double> percent() const;  // of the total, at most 100; unset when that is unknown
  std::optional<duration> remaining()
      const;  // at the speed of the last second; unset when unknown or standing still
};

// Turns the figures of successive moments into progress.
class progress_meter {
 public:
  progress_meter(time_point start, std::uint64_t total) : start_{start}, total_{total} {}
  progress measure(const transfer_figures& figures, rate limit, time_point now);

 private:
  struct sample {
    time_point at;
    transfer_figures figures;
  };
  time_point start_;
  std::uint64_t total_;
  std::deque<sample> samples_;  // of the last second, oldest first
};

// "1.20 GiB", "6000 KiB", "5.86 MiB/s", "1:02:03".
std::string format_bytes(double bytes);
std::string format_time(duration time);

// One line for a terminal that is `width` columns wide, never longer.
std::string progress_bar(const progress& p, std::size_t width);

// One line for a log.
std::string progress_line(const progress& p);

// The status file: one JSON object; `state` is "running", "complete", "failed" or "interrupted", `why` the
// error's text. Keys: state, error, bytes, total_bytes, percent, seconds, remaining_seconds,
// bytes_per_second, average_bytes_per_second, limit_bytes_per_second (null when unlimited, 0 when paused),
// held_back_by ("tokens", "source", "sink", "pause" or null) and waited_seconds (an object with those four).
// What is unknown is null.
std::string progress_json(const progress& p, std::string_view state, std::string_view why);

}  // namespace mgc::shaper
