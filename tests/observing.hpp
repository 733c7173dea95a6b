#pragma once

// The ways in which a stream can pass an observer. They must all come to the same.

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "shaper/stream_observer.hpp"

namespace mgc::test {

inline std::span<const std::byte> as_bytes(std::string_view text) { return std::as_bytes(std::span{text}); }

// Shown whole, in slices of so many bytes each.
inline void show_in_slices(shaper::stream_observer& observer, std::string_view stream, std::size_t slice) {
  for (; !stream.empty(); stream.remove_prefix(std::min(slice, stream.size()))) {
    observer.observe(as_bytes(stream.substr(0, slice)));
  }
}

// Only what must be shown is, the rest is skipped, at most `slice` bytes at once. False: it wanted neither.
inline bool show_headers_only(shaper::stream_observer& observer, std::string_view stream, std::size_t slice) {
  while (!stream.empty()) {
    const auto unseen = std::min<std::uint64_t>({observer.skippable(), stream.size(), slice});
    const auto seen = std::min({observer.wanted(), stream.size(), slice});
    if ((unseen == 0) == (seen == 0)) return false;
    if (unseen > 0) {
      observer.skip(unseen);
    } else {
      observer.observe(as_bytes(stream.substr(0, seen)));
    }
    stream.remove_prefix(static_cast<std::size_t>(std::max<std::uint64_t>(unseen, seen)));
  }
  return true;
}

// "0b01ff" -> its three bytes; blanks do not count.
inline std::string from_hex(std::string_view text) {
  std::string bytes;
  std::string digits;
  for (const char c : text) {
    if (c == ' ' || c == '\n') continue;
    digits += c;
    if (digits.size() < 2) continue;
    bytes += static_cast<char>(std::stoi(digits, nullptr, 16));
    digits.clear();
  }
  return bytes;
}

}  // namespace mgc::test
