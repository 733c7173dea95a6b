#pragma once

// `mgc limit [RATE|unlimited|pause] [--budget FILE]`: shows or changes the limit of all running and future transfers of
// this node.

namespace mgc::orchestrator {

// argv[0] is "limit". The exit code: 0 shown or changed, 1 it could not be changed or standard output not be written, 2
// wrong usage or no budget that could be opened.
int run_limit(int argc, const char* const* argv);

}  // namespace mgc::orchestrator
