#pragma once

// What the kernel does for a limit on a TCP socket, so that the wire is as even as the budget and neither end's buffers hide
// seconds of the rate. I/O ring; any thread. Called again when the limit changes; every setting is undone by `unlimited`.

#include "shaper/error.hpp"
#include "shaper/rate.hpp"

namespace mgc::shaper {

// The socket that limited bytes leave by: they are paced packet by packet (SO_MAX_PACING_RATE, a little above the limit:
// the budget keeps the books), and no more than about 100 ms of the rate waits unsent (TCP_NOTSENT_LOWAT).
// Error: the system's; the limit itself holds without it.
error_code shape_sink(int socket, rate limit);

// The socket that limited bytes come in by: its remote sender may run ahead by about 50 ms of the rate, not by the megabytes
// that the kernel's auto-tuning would take in. Call it before listen or connect where the first bytes matter.
error_code shape_source(int socket, rate limit);

// While this is on, closing the socket, also by the death of this process, resets the connection: the peer can never
// take a part for the whole. Switch it off when everything has been delivered.
error_code reset_on_close(int socket, bool on);

// Probes an idle peer, so that one which vanished is noticed; small writes go at once.
error_code keep_alive_and_prompt(int socket);

}  // namespace mgc::shaper
