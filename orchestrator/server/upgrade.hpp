#pragma once

// The system tables of a data directory that an older server has made, brought up to the installed one's. I/O ring.
//
// mariadb-upgrade needs a server that answers, so it runs on the live node, when that is Synced: in a rolling upgrade each node
// has joined the others with its new program by then, and upgrades its own tables. Its statements stay here (it sets
// wsrep_on and sql_log_bin off for its session): nodes that still run the old program must not get the new tables.
// Once it has ended well, it notes the version in the data directory by itself; that is the marker.

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>

#include "orchestrator/server/answer.hpp"
#include "orchestrator/server/server_host.hpp"
#include "orchestrator/server/server_version.hpp"

namespace mgc::orchestrator {

// Whether the tables are of an older series (10.6 for 10.11), or of one that nobody has noted. Within a series they do not change, and
// mariadb-upgrade itself does nothing. Core.
bool needs_upgrade(const std::optional<server_version>& data, const server_version& program);

// When it is needed; else returns at once. The server must answer. True: it was done. Error: for the operator, with the last lines
// of what mariadb-upgrade said; the node goes on with the tables it has, and the next start tries again.
boost::asio::awaitable<answer<bool>> upgrade(const server_host& host);

}  // namespace mgc::orchestrator
