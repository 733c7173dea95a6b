#pragma once

// Pipe mode: everything from one descriptor to another, at the budget's pace, by blocking calls in the
// calling thread. The descriptors may be pipes, files, sockets or terminals. They are inherited, so their
// flags belong to other processes too and are left alone; only a pipe is made larger where the kernel allows.
// I/O ring.

#include "shaper/budget.hpp"
#include "shaper/outcome.hpp"
#include "shaper/transfer.hpp"

namespace mgc::shaper {

// Returns when the source has ended and the sink has taken all of it, or when either fails (SIGPIPE must be
// ignored). A sink that goes away is noticed also while the source is silent. `idle_timeout`: give up when
// one end makes no progress for so long; 0 is never. Sets the calling thread's timer slack.
outcome move_stream(int source, int sink, budget tokens, transfer_record& record,
                    duration idle_timeout = duration{0});

}  // namespace mgc::shaper
