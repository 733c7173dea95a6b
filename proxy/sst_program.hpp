#pragma once

// The programs wsrep_sst_mgc_mariabackup and wsrep_sst_mgc_rsync, which the server starts for wsrep_sst_method=mgc_*, as
// donor and as joiner. Main ring.

#include "proxy/transfer_address.hpp"

namespace mgc::proxy {

// Returns for --help and wrong usage only; the transfer itself ends the process. Exit codes: 0 done, else an errno, which
// the server's log shows in words.
int run_sst(sst_method method, int argc, char** argv);

}  // namespace mgc::proxy
