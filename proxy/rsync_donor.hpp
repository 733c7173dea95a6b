#pragma once

// wsrep_sst_mgc_rsync, the donor: flushes and locks all tables, sends the files by rsync at the node's limit, and unlocks.
// Every write on this node waits as long as the copying takes. I/O ring.

#include "proxy/donor_session.hpp"

namespace mgc::proxy {

// Returns the position that the server is to be told, when the joiner has consumed everything.
std::string donate_by_rsync(const sst_context& context, donor_session& session);

}  // namespace mgc::proxy
