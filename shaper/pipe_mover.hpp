#pragma once

// Pipe mode: everything from one descriptor to another, at the budget's pace, by blocking calls in the
// calling thread. The descriptors may be pipes, files, sockets or terminals. They are inherited, so their
// flags belong to other processes too and are left alone; only a pipe is made larger where the kernel allows.
// I/O ring.

#include "shaper/budget.hpp"
#include "shaper/exemption.hpp"
#include "shaper/outcome.hpp"
#include "shaper/transfer.hpp"

namespace mgc::shaper {

// Returns when the source has ended and the sink has taken all of it, or when either fails (SIGPIPE must be
// ignored). A sink that goes away is noticed also while the source is silent. May block for ever in the kernel, when
// the sink is a terminal or a socket: who wants to give up has the record to see that nothing moves. Sets the calling
// thread's timer slack.
//
// While `freed` holds, which is looked at before each piece and during each wait, its tokens are used instead.
outcome move_stream(int source, int sink, budget tokens, transfer_record& record, exemption* freed = nullptr);

}  // namespace mgc::shaper
