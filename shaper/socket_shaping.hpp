#pragma once

// What the kernel does for a limit on a TCP socket, so that neither end's buffers hide seconds of the rate,
// and what every socket of ours is told. I/O ring; any thread. How a sink is paced: tcp_sink.hpp.

#include "shaper/error.hpp"
#include "shaper/rate.hpp"

namespace mgc::shaper {

// The socket that limited bytes come in by: its remote sender may run ahead by about 50 ms of the rate, not
// by the megabytes that the kernel's auto-tuning would take in. To be called before listen or connect where
// the first bytes matter, and when the limit has changed; unlimited lets the kernel tune again. Error: the
// system's; the limit itself holds without it.
error_code shape_source(int socket, rate limit);

// While this is on, closing the socket, also by the death of this process, resets the connection: the peer
// can never take a part for the whole. Switch it off when everything has been delivered. Error: not a TCP
// socket.
error_code reset_on_close(int socket, bool on);

// Probes a peer that is idle for 30 s, so that one which vanished is noticed within 90 s, and so that no device between
// forgets the connection; small writes go at once.
error_code keep_alive_and_prompt(int socket);

}  // namespace mgc::shaper
