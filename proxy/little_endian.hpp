#pragma once

// Numbers as most protocols here write them: lowest byte first. Core.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

namespace mgc::proxy {

// The first sizeof(Number) of `bytes`, of which there must be so many.
template <std::unsigned_integral Number>
constexpr Number read_little_endian(std::span<const std::byte> bytes) {
  Number number = 0;
  for (std::size_t i = sizeof(Number); i > 0; --i) {
    number = static_cast<Number>((std::uint64_t{number} << 8) | std::to_integer<std::uint64_t>(bytes[i - 1]));
  }
  return number;
}

template <std::unsigned_integral Number>
constexpr void write_little_endian(std::span<std::byte> bytes, Number number) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    bytes[i] = static_cast<std::byte>(std::uint64_t{number} >> (8 * i));
  }
}

}  // namespace mgc::proxy
