#include "shaper/rate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>

namespace mgc::shaper {
namespace {

__extension__ using wide = unsigned __int128;

constexpr std::uint64_t nanoseconds_per_second = 1'000'000'000;

// A decimal number as mantissa / 10^decimals, exact: floating point would round 0.1 % away from large rates.
struct decimal {
  std::uint64_t mantissa = 0;
  std::uint64_t scale = 1;
};

struct number_and_unit {
  decimal number;
  std::string unit;  // lower case
};

// The mantissa fits 64 bits, and times the largest unit 128.
constexpr std::size_t most_digits = 19;

// A space may stand before the unit.
std::optional<number_and_unit> split(std::string_view text) {
  number_and_unit parts;
  std::size_t position = 0;
  std::size_t digits = 0;
  bool fraction = false;
  for (; position < text.size(); ++position) {
    const char c = text[position];
    if (c == '.' && !fraction && digits > 0) {
      fraction = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    if (++digits > most_digits && (fraction || parts.number.mantissa != 0)) return std::nullopt;
    parts.number.mantissa = parts.number.mantissa * 10 + static_cast<std::uint64_t>(c - '0');
    if (fraction) parts.number.scale *= 10;
  }
  if (digits == 0 || text[position - 1] == '.') return std::nullopt;
  if (position + 1 < text.size() && text[position] == ' ') ++position;
  for (const char c : text.substr(position)) {
    parts.unit += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return parts;
}

bool has_too_many_digits(std::string_view text) {
  return std::min(text.size(), text.find_first_not_of("0123456789")) > most_digits;
}

// Bytes in one `unit`, as a fraction: a kilobit is 1000/8 bytes.
struct unit_size {
  std::string_view name;
  std::uint64_t numerator;
  std::uint64_t denominator = 1;
};

constexpr std::uint64_t kilo = 1024;
constexpr std::array<unit_size, 5> binary_units{{
    {"", 1},
    {"k", kilo},
    {"m", kilo* kilo},
    {"g", kilo* kilo* kilo},
    {"t", kilo* kilo* kilo* kilo},
}};
constexpr std::array<unit_size, 4> bit_units{{
    {"bit", 1, 8},
    {"kbit", 1'000, 8},
    {"mbit", 1'000'000, 8},
    {"gbit", 1'000'000'000, 8},
}};

std::optional<unit_size> find_unit(std::string_view unit, bool bits_too) {
  if (bits_too) {
    for (const auto& candidate : bit_units) {
      if (unit == candidate.name) return candidate;
    }
  }
  for (const auto& candidate : binary_units) {
    const std::string prefix{candidate.name};
    if (unit == prefix || unit == prefix + "b" || (!prefix.empty() && unit == prefix + "ib"))
      return candidate;
  }
  return std::nullopt;
}

// Whole bytes, rounded down; saturates rather than wraps.
std::uint64_t to_bytes(decimal number, unit_size unit) {
  const wide bytes = wide{number.mantissa} * unit.numerator / unit.denominator / number.scale;
  return static_cast<std::uint64_t>(std::min<wide>(bytes, std::numeric_limits<std::uint64_t>::max()));
}

}  // namespace

std::uint64_t rate::bytes_in(duration time) const {
  if (time.count() <= 0) return 0;
  const wide bytes = wide{bytes_} * static_cast<std::uint64_t>(time.count()) / nanoseconds_per_second;
  return static_cast<std::uint64_t>(std::min<wide>(bytes, std::numeric_limits<std::uint64_t>::max()));
}

duration rate::time_for(std::uint64_t bytes) const {
  constexpr auto longest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const wide time = (wide{bytes} * nanoseconds_per_second + bytes_ - 1) / bytes_;
  return duration{static_cast<std::int64_t>(static_cast<std::uint64_t>(std::min<wide>(time, longest)))};
}

result<rate> parse_rate(std::string_view text) {
  if (text == "unlimited") return rate::unlimited();
  if (text.starts_with('-')) return split(text.substr(1)) ? error::rate_negative : error::rate_malformed;
  auto parts = split(text);
  if (!parts) return has_too_many_digits(text) ? error::rate_too_large : error::rate_malformed;
  std::string_view unit = parts->unit;
  if (unit.ends_with("/s") && unit != "/s") unit.remove_suffix(2);
  if (unit.empty()) unit = "k";
  const auto size = find_unit(unit, true);
  if (!size) return error::rate_malformed;
  if (parts->number.mantissa == 0) return error::rate_zero;
  const auto bytes = to_bytes(parts->number, *size);
  if (bytes < kilo) return error::rate_too_small;
  if (bytes > rate::highest) return error::rate_too_large;
  return rate::bytes_per_second(bytes);
}

result<std::uint64_t> parse_size(std::string_view text) {
  const auto parts = split(text);
  if (!parts) return has_too_many_digits(text) ? error::size_too_large : error::size_malformed;
  const auto size = find_unit(parts->unit, false);
  if (!size) return error::size_malformed;
  const auto bytes = to_bytes(parts->number, *size);
  if (bytes > std::uint64_t{1} << 63) return error::size_too_large;
  return bytes;
}

std::string to_string(rate r) {
  if (r.is_unlimited()) return "unlimited";
  if (r.is_paused()) return "paused";
  return fmt::format("{} KB/s", (r.count() + kilo / 2) / kilo);
}

}  // namespace mgc::shaper
