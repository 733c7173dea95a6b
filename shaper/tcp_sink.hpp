#pragma once

// A TCP socket that limited bytes leave by: keeps the kernel's pacing (pacing.hpp) in step with the budget,
// and moves the bytes in the way that makes them even. I/O ring; one thread at a time. Does not own the
// socket.

#include "shaper/error.hpp"
#include "shaper/pacing.hpp"
#include "shaper/splice_pipe.hpp"

namespace mgc::shaper {

class tcp_sink {
 public:
  explicit tcp_sink(int socket) : socket_{socket} {}

  // To be called when the limit has changed, so that bytes which the kernel already holds obey it; drain does
  // it too. What the kernel refuses costs evenness, not the limit.
  void shape(rate limit);

  // Whether drain will copy: then the bytes may as well be copied into the pipe's buffer when it is filled.
  bool will_copy(rate limit) const { return needs_records(limit); }

  // Moves up to `bytes` of what the pipe holds, at least 1. Never blocks.
  // errc::operation_would_block: the socket takes nothing now.
  result<std::size_t> drain(splice_pipe& pipe, std::size_t bytes, rate limit);

 private:
  int socket_;
  kernel_pacing pacing_;
  std::size_t segment_ = 0;
  bool was_full_ = false;
  std::uint64_t carefully_ = 0;  // how many of the next bytes go in small records
};

}  // namespace mgc::shaper
