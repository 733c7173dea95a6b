#pragma once

// Who makes a limited stream even, and in which pieces. Core: numbers only; socket_shaping.cpp and the movers
// apply them.
//
// The budget says how many bytes may move by when; bytes that move in large pieces still reach the wire as
// bursts, and it is bursts that a donor's clients feel. Small pieces cost a wake-up each. So the pieces
// depend on where the bytes go.

#include <cstddef>
#include <cstdint>

#include "shaper/rate.hpp"

namespace mgc::shaper {

enum class evenness {
  by_quanta,  // the sink is a pipe or a file: a piece every 5 ms
  by_kernel,  // the sink is the network: larger pieces, which TCP spreads (kernel_pacing)
  at_source,  // the source is the network: its sender goes as fast as we read, so read a piece every 5 ms
};

// The bytes that tokens are taken for and that are drained at once: at least 512, at most 1 MiB.
std::uint64_t quantum(rate limit, evenness how);

// How long before the curve has passed them bytes may be drained: what TCP spreads may be handed to it a
// little early, so that being woken up late does not show on the wire.
duration lead(rate limit, evenness how);

// Whether TCP must be given a limited stream in records to make it even (kernel_pacing::record).
bool needs_records(rate limit);

// The bytes that are read at once into a pipe of `capacity`.
std::size_t fill_size(rate limit, evenness how, std::size_t capacity);

// What TCP is told about a limited sink.
struct kernel_pacing {
  std::uint64_t bytes_per_second = ~std::uint64_t{0};  // SO_MAX_PACING_RATE; all ones: none
  std::size_t record = 0;       // write in pieces of so many bytes, which TCP must not join; 0: as it comes
  std::uint32_t unsent = ~0U;   // TCP_NOTSENT_LOWAT
  std::size_t send_buffer = 0;  // SO_SNDBUF; 0: the kernel's own tuning

  friend bool operator==(const kernel_pacing&, const kernel_pacing&) = default;
};

// `segment`: the connection's MSS. `unsent`: what TCP still holds of the pieces before; its pace is trimmed
// so that this stays what lead() makes it. `was_full`: TCP did not take all of the last piece. Not for a
// paused limit.
kernel_pacing pace_kernel(rate limit, std::size_t segment, std::uint64_t unsent, bool was_full);

}  // namespace mgc::shaper
