#include "proxy/redo_guard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace mgc::proxy {
namespace {

using shaper::rate;
using seconds = std::chrono::duration<double>;

constexpr double megabyte = 1024 * 1024;
constexpr double chunk = 10 * megabyte;  // what mariadb-backup writes at a time, for each of its threads
constexpr double rounds = 2;    // turns of all other threads before ours: the mutex they share is not fair
constexpr seconds reaction{2};  // from a change to the sample that shows it and the rate that follows
constexpr double danger = 0.5;  // of the capacity; from here on the redo must be caught up with
constexpr double most = 0.75;   // what the lag is to stay below
constexpr double safe = 0.25;   // a raised rate is given back
constexpr double catching_up = 1.5;  // times the speed at which redo is written
constexpr seconds short_time{1};
constexpr seconds long_time{10};

// To two digits, upwards: a rate that changes with every sample would be noise to read.
rate rounded(double bytes_per_second) {
  const auto kilobytes = std::max(1.0, bytes_per_second / 1024);
  const auto step = std::pow(10, std::max(0.0, std::floor(std::log10(kilobytes)) - 1));
  const auto up = std::ceil(kilobytes / step) * step;
  constexpr auto highest = static_cast<double>(rate::highest) / 1024;
  return up >= highest ? rate::unlimited() : rate::kilobytes_per_second(static_cast<std::uint64_t>(up));
}

std::string describe(double speed, double margin, double capacity, rate raised) {
  return fmt::format("redo at {:.1f} MB/s, margin {:.0f} MB of {:.0f} MB: {}", speed / megabyte,
                     std::max(0.0, margin) / megabyte, capacity / megabyte,
                     raised.is_unlimited() ? "limit lifted" : "raised to " + to_string(raised));
}

}  // namespace

// The higher one of what is written now and lately: a pause between two bursts is no end of them.
double redo_guard::redo_speed(const redo_sample& sample) {
  written_.push_back({sample.at, sample.lsn_current});
  while (written_.size() > 2 &&
         written_[1].at <= sample.at - std::chrono::duration_cast<shaper::duration>(long_time)) {
    written_.pop_front();
  }
  const auto since = [&](const written& then) {
    const auto time = seconds{sample.at - then.at}.count();
    const auto bytes = sample.lsn_current - std::min(sample.lsn_current, then.lsn);
    return time > 0 ? static_cast<double>(bytes) / time : 0;
  };
  auto recent = written_.rbegin();
  while (recent != std::prev(written_.rend()) && seconds{sample.at - recent->at} < short_time) ++recent;
  return std::max(since(*recent), since(written_.front()));
}

double redo_guard::lag(const redo_sample& sample) {
  if (sample.lsn_copied) {
    copied_ = std::max(copied_, *sample.lsn_copied);
  } else if (!before_) {
    copied_ = std::min(sample.lsn_last_checkpoint, sample.lsn_current);
  } else {
    const auto moved = sample.stream_bytes - std::min(sample.stream_bytes, before_->stream_bytes);
    const auto behind = sample.lsn_current - std::min(sample.lsn_current, copied_);
    copied_ += std::min(behind, static_cast<std::uint64_t>(static_cast<double>(moved) / (threads_ + 1)));
  }
  return static_cast<double>(sample.lsn_current - std::min(sample.lsn_current, copied_));
}

redo_demand redo_guard::look(const redo_sample& sample) {
  const auto speed = redo_speed(sample);
  const auto behind = lag(sample);
  before_ = sample;
  if (sample.capacity == 0) return {};
  const auto capacity = static_cast<double>(sample.capacity);

  const auto ahead = behind + speed * reaction.count();
  if (ahead >= danger * capacity) {
    raised_ = true;
  } else if (ahead < safe * capacity) {
    raised_ = false;
  }
  if (!raised_) return {};
  const auto room = most * capacity - ahead;
  const auto needed = room <= 0 ? rate::unlimited()
                                : rounded(std::max(speed * rounds * (threads_ + 1) * chunk / room,
                                                   speed * catching_up * (threads_ + 1)));
  if (needed <= sample.limit) return {};
  return {needed, describe(speed, capacity - behind, capacity, needed)};
}

}  // namespace mgc::proxy
