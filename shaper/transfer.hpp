#pragma once

// What is known of one running transfer: how much it moved, and what it waited for. Whoever moves the bytes
// writes it, anybody may read it at any time from any thread or process (it lies in a slot of the shared
// budget when there is one). Core: no clock, no I/O.

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

#include "shaper/rate.hpp"

namespace mgc::shaper {

// What a transfer can wait for. `nothing` is the time in which bytes are being moved.
enum class holder : std::uint32_t { nothing, tokens, source, sink, pause };
inline constexpr std::size_t holder_count = 5;

// "the limit", "the source", ...: as in "held back by ...".
std::string_view to_string(holder h);

// Plain values of one moment; differences of two moments say what happened between them.
struct transfer_figures {
  std::uint64_t bytes = 0;
  std::array<duration, holder_count> waited{};  // by holder; the wait that is going on included
};

// Lock-free; part of the budget file's format. Two directions of one connection may share a record: bytes and
// times add up, `held_by` is the last one's.
class transfer_record {
 public:
  void moved(std::uint64_t bytes) { bytes_.fetch_add(bytes, std::memory_order_relaxed); }

  // A wait begins (or, for holder::nothing, none does).
  void waits_for(holder h, time_point now);
  // The wait that began at `since` is over.
  void waited(holder h, time_point since, time_point now);

  transfer_figures figures(time_point now) const;
  std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  holder held_by() const;
  void clear();

 private:
  std::atomic<std::uint64_t> bytes_{0};
  std::array<std::atomic<std::int64_t>, holder_count> waited_{};  // nanoseconds
  std::atomic<std::int64_t> since_{0};  // start of the present wait, CLOCK_MONOTONIC
  std::atomic<std::uint32_t> held_by_{0};
};

}  // namespace mgc::shaper
