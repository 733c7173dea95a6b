#pragma once

// Which budget file a command of `mgc` is about. I/O ring; main thread.

#include <string>

namespace mgc::orchestrator {

// Unless the command line `named` a file: that of the `mgc run` in `run_directory` (--run-dir; empty: $base_dir/run, else
// /data/mariadb-galera/run), when there is one, else what [mgc] transfer_budget says; empty when nothing does. Option files that
// cannot be read are complained about, and count as if they were not there.
std::string configured_budget(const std::string& named, const std::string& run_directory = {});

}  // namespace mgc::orchestrator
