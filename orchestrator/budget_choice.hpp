#pragma once

// Which budget file a command of `mgc` is about. I/O ring; main thread.

#include <string>

namespace mgc::orchestrator {

// [mgc] transfer_budget, unless the command line `named` another file; empty when it is not set. Option files that cannot be
// read are complained about, and count as if they were not there.
std::string configured_budget(const std::string& named);

}  // namespace mgc::orchestrator
