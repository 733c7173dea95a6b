#pragma once

// wsrep_sst_mgc_mariabackup, the joiner: receives the backup beside the old data where space allows, prepares it there,
// and only then puts it in the old data's place. I/O ring.

#include <string>

#include "proxy/joiner_session.hpp"

namespace mgc::proxy {

// Returns the position for the server: "UUID:SEQNO DOMAIN". The donor's options have been received.
std::string join_by_mariabackup(const sst_context& context, joiner_session& session,
                                const wire::transfer_options& options);

}  // namespace mgc::proxy
