#pragma once

// What an operator reads of an incremental state transfer, in words. Core.

#include <string>

#include "proxy/ist_message.hpp"
#include "shaper/outcome.hpp"

namespace mgc::proxy {

// "seqno 1001 to 1234, 234 events (3 preloaded), 3.40 MiB, 5.90 MiB/s", or without what cannot be known. `bytes` were
// moved in the last `time`.
std::string describe_progress(const ist_observer& donor, std::uint64_t bytes, shaper::duration time);

// How it ended; it is good when the donor has said that this was all, and the joiner has got it. Of a stream that is not
// understood only the connection's end is known.
struct ist_end {
  bool is_good = false;
  std::string what;
};
ist_end describe_end(const ist_observer& donor, const ist_observer& joiner, const shaper::outcome& how,
                     shaper::duration took);

}  // namespace mgc::proxy
