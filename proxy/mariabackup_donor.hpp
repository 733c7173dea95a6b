#pragma once

// wsrep_sst_mgc_mariabackup, the donor: mariadb-backup's stream to the joiner, at the node's limit, while this server
// goes on serving. I/O ring.

#include "proxy/donor_session.hpp"

namespace mgc::proxy {

// Returns the position that the server is to be told, when the joiner has consumed everything.
std::string donate_by_mariabackup(const sst_context& context, donor_session& session);

}  // namespace mgc::proxy
