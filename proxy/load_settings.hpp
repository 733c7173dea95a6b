#pragma once

// The settings of a state transfer, from this machine: its environment, its option files. I/O ring.

#include "proxy/sst_settings.hpp"

namespace mgc::proxy {

sst_environment read_sst_environment();

// Reads the option files that the arguments name, and resolves them. Throws bad_setting.
sst_settings load_settings(const sst_arguments& arguments, const sst_environment& environment);

// Of the option files that a server reads which is given none. Throw bad_setting.
std::string configured_budget_file();  // [mgc] transfer_budget; empty when it is not set
configured_limit configured_transfer_limit();

}  // namespace mgc::proxy
