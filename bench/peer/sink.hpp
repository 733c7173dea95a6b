#pragma once

// Takes everything at once, throws it away without copying it (recv with MSG_TRUNC, or splice to /dev/null)
// and notes when it came. Time counts from the first byte of any flow.

#include <chrono>
#include <optional>
#include <string>

namespace mgc::bench {

struct sink_options {
  std::optional<std::string> listen;  // nothing: read stdin
  int connections = 1;                // how many to accept
  std::chrono::seconds duration{0};   // leave so long after the first byte; 0: when all flows have ended
  std::chrono::microseconds bin_width{10'000};
  bool realtime = false;  // measure on time on a busy machine
  std::string arrivals;   // file to write at the end
};

void run_sink(const sink_options& options);

}  // namespace mgc::bench
