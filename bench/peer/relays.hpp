#pragma once

// The two simplest relays, as yardsticks: blocking, one connection, one thread for each direction, no limit.

#include <string>

namespace mgc::bench {

struct relay_options {
  std::string listen;
  std::string connect;
  std::string arrivals;  // file for what came from the client and when; empty: do not count
};

// Socket -> 1 MiB pipe -> socket: the least a relay can do.
void run_splice_relay(const relay_options& options);

// Read and write through 256 KiB of user memory.
void run_copy_relay(const relay_options& options);

}  // namespace mgc::bench
