#pragma once

// wsrep_sst_mgc_rsync, the joiner: an rsync server of its own for each channel of the donor, with the wire as its standard
// input and output. It listens nowhere. I/O ring.

#include <string>

#include "proxy/joiner_session.hpp"

namespace mgc::proxy {

// Returns the position for the server: "UUID:SEQNO DOMAIN". The donor's options have been received.
std::string join_by_rsync(const sst_context& context, joiner_session& session,
                          const wire::transfer_options& options);

}  // namespace mgc::proxy
