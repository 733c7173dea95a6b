#include "shaper/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <utility>

namespace mgc::shaper {
namespace {

using seconds = std::chrono::duration<double>;

std::string_view key(holder h) {
  switch (h) {
    case holder::nothing: return "nothing";
    case holder::tokens: return "tokens";
    case holder::source: return "source";
    case holder::sink: return "sink";
    case holder::pause: return "pause";
  }
  return "unknown";
}

std::string format_speed(double bytes_per_second) { return format_bytes(bytes_per_second) + "/s"; }

std::string how_far(const progress& p) {
  if (p.total == 0) return format_bytes(static_cast<double>(p.bytes));
  return fmt::format("{} of {}", format_bytes(static_cast<double>(p.bytes)),
                     format_bytes(static_cast<double>(p.total)));
}

std::string why_so_slow(const progress& p) {
  if (p.held_by == holder::nothing) return "";
  return fmt::format("held back by {}", to_string(p.held_by));
}

std::string bar(double percent, std::size_t width) {
  const auto filled = static_cast<std::size_t>(percent / 100 * static_cast<double>(width));
  return "[" + std::string(filled, '=') + std::string(filled < width ? 1 : 0, '>') +
         std::string(width - std::min(width, filled + 1), ' ') + "]";
}

}  // namespace

std::optional<double> progress::percent() const {
  if (total == 0) return std::nullopt;
  return std::min(100.0, 100.0 * static_cast<double>(bytes) / static_cast<double>(total));
}

std::optional<duration> progress::remaining() const {
  constexpr double longest = 100.0 * 365 * 86'400;
  if (total == 0 || bytes_per_second < 1) return std::nullopt;
  if (bytes >= total) return duration{0};
  const auto time = static_cast<double>(total - bytes) / bytes_per_second;
  return std::chrono::duration_cast<duration>(seconds{std::min(time, longest)});
}

progress progress_meter::measure(const transfer_figures& figures, rate limit, time_point now) {
  constexpr std::chrono::seconds window{1};
  if (samples_.empty()) samples_.push_back({start_, {}});
  samples_.push_back({now, figures});
  while (samples_.size() > 2 && samples_[1].at <= now - window) samples_.pop_front();
  const auto& before = samples_.front();

  progress p;
  p.bytes = figures.bytes;
  p.total = total_;
  p.elapsed = now - start_;
  p.limit = limit;
  p.waited = figures.waited;
  const double interval = std::max(1e-9, seconds{now - before.at}.count());
  p.bytes_per_second =
      static_cast<double>(figures.bytes - std::min(figures.bytes, before.figures.bytes)) / interval;
  p.average_bytes_per_second =
      static_cast<double>(figures.bytes) / std::max(1e-9, seconds{p.elapsed}.count());

  double longest = interval / 2;
  for (std::size_t i = 1; i < holder_count; ++i) {
    const auto waited = seconds{figures.waited[i] - before.figures.waited[i]}.count();
    if (waited <= longest) continue;
    longest = waited;
    p.held_by = static_cast<holder>(i);
  }
  return p;
}

std::string format_bytes(double bytes) {
  static constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  while (bytes >= 9999.5 && unit + 1 < units.size()) {
    bytes /= 1024;
    ++unit;
  }
  return unit == 0 || bytes >= 999.5 ? fmt::format("{:.0f} {}", bytes, units[unit])
                                     : fmt::format("{:.2f} {}", bytes, units[unit]);
}

std::string format_time(duration time) {
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(time).count();
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

// What a narrow terminal has no room for goes: first the total, then the reason; the bar itself stays to the
// last.
std::string progress_bar(const progress& p, std::size_t width) {
  constexpr std::size_t least = 10;
  constexpr std::size_t most = 40;
  const auto remaining = p.remaining();
  const auto speed = fmt::format(" {} {}{}", format_speed(p.bytes_per_second), format_time(p.elapsed),
                                 remaining ? " ETA " + format_time(*remaining) : "");
  const auto reason = p.held_by == holder::nothing ? "" : ", " + why_so_slow(p);
  const auto percent = p.percent();
  if (!percent) return (how_far(p) + speed + reason).substr(0, width);
  const auto bytes = format_bytes(static_cast<double>(p.bytes));
  for (const auto& [left, right] :
       {std::pair{how_far(p), speed + reason}, {bytes, speed + reason}, {bytes, speed}}) {
    const auto begin = fmt::format("{} {:.1f}% ", left, *percent);
    const auto taken = begin.size() + right.size() + 2;
    if (width >= taken + least) return begin + bar(*percent, std::min(most, width - taken)) + right;
  }
  return fmt::format("{} {:.1f}%{}", bytes, *percent, speed).substr(0, width);
}

std::string progress_line(const progress& p) {
  auto line = fmt::format("{} in {}, {} (average {}), limit {}", how_far(p), format_time(p.elapsed),
                          format_speed(p.bytes_per_second), format_speed(p.average_bytes_per_second),
                          to_string(p.limit));
  if (const auto percent = p.percent()) line += fmt::format(", {:.1f}%", *percent);
  if (const auto time = p.remaining()) line += ", ETA " + format_time(*time);
  if (p.held_by != holder::nothing) line += ", " + why_so_slow(p);
  return line;
}

std::string progress_json(const progress& p, std::string_view state, std::string_view why) {
  boost::json::object waited;
  for (const auto h : {holder::tokens, holder::source, holder::sink, holder::pause}) {
    waited[key(h)] = seconds{p.waited[static_cast<std::size_t>(h)]}.count();
  }
  const auto or_null = [](bool known, auto value) { return known ? boost::json::value(value) : nullptr; };
  const boost::json::object status{
      {"state", state},
      {"error", or_null(!why.empty(), why)},
      {"bytes", p.bytes},
      {"total_bytes", or_null(p.total != 0, p.total)},
      {"percent", or_null(p.percent().has_value(), p.percent().value_or(0))},
      {"seconds", seconds{p.elapsed}.count()},
      {"remaining_seconds",
       or_null(p.remaining().has_value(), seconds{p.remaining().value_or(duration{0})}.count())},
      {"bytes_per_second", p.bytes_per_second},
      {"average_bytes_per_second", p.average_bytes_per_second},
      {"limit_bytes_per_second", or_null(!p.limit.is_unlimited(), p.limit.count())},
      {"held_back_by", or_null(p.held_by != holder::nothing, key(p.held_by))},
      {"waited_seconds", waited},
  };
  return boost::json::serialize(status) + "\n";
}

}  // namespace mgc::shaper
