#pragma once

// `mgc ist-relay`: ist_relay.hpp as a program of its own, for hosts where mgc does not run the server.

namespace mgc::proxy {

// argv[0] is skipped. The exit code: 0 ended by a signal with nothing cut, 1 a failure, 2 wrong usage, 128 + N ended by
// signal N with a transfer cut. To be called from main() before any thread exists.
int run_ist_relay(int argc, const char* const* argv);

}  // namespace mgc::proxy
