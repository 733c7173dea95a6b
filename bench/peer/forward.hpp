#pragma once

// What the splice and the copy relay have in common: one connection in, one out, and a thread for each
// direction that forwards until the end of its input and then passes that end on.

#include <functional>

#include "bench/peer/relays.hpp"

namespace mgc::bench {

class arrivals;

// Moves everything from one socket to the other, counts it in `seen` unless that is null, returns at the end.
using forwarder = std::function<void(int from, int to, arrivals* seen)>;

// Returns when both directions have ended.
void forward_both_ways(const relay_options& options, const forwarder& forward);

}  // namespace mgc::bench
