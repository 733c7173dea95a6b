#pragma once

// `mgc health live|ready|donor-ok [--run-dir DIR]`: the exit code for health checks, from the running `mgc run`.

namespace mgc::orchestrator {

// argv[0] is "health". The exit code: 0 it is, 1 it is not or nobody could be asked, 2 wrong usage.
int run_health(int argc, const char* const* argv);

}  // namespace mgc::orchestrator
