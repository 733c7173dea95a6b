#pragma once

// Sends bytes as fast as they are taken, without touching them: sendfile from a memory file costs the source
// next to nothing, so what is measured is what lies between source and sink.

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace mgc::bench {

constexpr auto endless = std::numeric_limits<std::uint64_t>::max();  // send until nobody reads any more

struct source_options {
  std::optional<std::string> connect;  // nothing: send to stdout
  int connections = 1;
  std::uint64_t bytes = endless;  // of each connection
  bool wait_for_line = false;     // connect at once, send after a line came in on stdin

  std::uint64_t pause_after = 0;  // bytes; then be silent for `pause`, once
  std::chrono::seconds pause{0};

  std::uint64_t chunk = 1 << 20;       // bytes of one system call
  std::chrono::microseconds every{0};  // a metronome: one chunk at each multiple of this, from the start
};

// Returns when everything was sent; throws if a reader leaves before that, unless the bytes are endless.
void run_source(const source_options& options);

}  // namespace mgc::bench
