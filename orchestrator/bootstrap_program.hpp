#pragma once

// `mgc bootstrap [--force [--yes]] [--run-dir DIR]`: the operator's order to found the cluster with this node's data.

namespace mgc::orchestrator {

// argv[0] is "bootstrap". The exit code: 0 shown or ordered, 1 refused, not confirmed, or nobody could be asked, 2 wrong usage.
int run_bootstrap(int argc, const char* const* argv);

}  // namespace mgc::orchestrator
