#pragma once

namespace mgc::shaper {

// The program mgc-shaper; returns its exit code. To be called from main() before any thread exists.
int run_program(int argc, const char* const* argv);

}  // namespace mgc::shaper
