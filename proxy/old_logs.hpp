#pragma once

// The logs that mariadb-backup leaves in the data directory: those of the transfer before are put away first, as
// [sst] sst-log-archive and sst-log-archive-dir say. I/O ring.

#include <string>

#include "proxy/sst_context.hpp"

namespace mgc::proxy {

// Moves `log` into the archive with the time in its name, or removes it where no archive is wanted. What fails is noted,
// and the transfer goes on.
void archive_log(const sst_context& context, const std::string& log);

}  // namespace mgc::proxy
