#pragma once

// `mgc status [--json] [--watch] [--budget FILE] [--run-dir DIR]`: this node and its peers as `mgc run` tells them, and
// every running transfer of this node, from its budget file.

namespace mgc::orchestrator {

// argv[0] is "status". The exit code: 0 shown, 1 standard output could not be written or the budget went away, 2 wrong
// usage or no budget that could be read.
int run_status(int argc, const char* const* argv);

}  // namespace mgc::orchestrator
