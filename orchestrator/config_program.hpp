#pragma once

// `mgc config [--check] [--json]`: what `mgc run` would do with this environment: every value and where it comes from, or
// everything that is wrong. Touches nothing.

namespace mgc::orchestrator {

// argv[0] is "config". The exit code: 0 the configuration is good, 1 standard output could not be written, 2 wrong usage or
// a configuration that cannot be used.
int run_config(int argc, const char* const* argv);

}  // namespace mgc::orchestrator
