#pragma once

// A new data directory for a new cluster. It is made beside its place, in DATADIR.new-XXXXXX, by mariadb-install-db and a server
// without Galera and network, in which users, databases and the operator's initdb.d come to be; and it is renamed into
// its place when that server has stopped and everything is on disk. So a data directory that is there is complete,
// whenever mgc or the machine died. I/O ring.

#include <boost/asio/awaitable.hpp>
#include <string>

#include "orchestrator/server/answer.hpp"
#include "orchestrator/server/server_host.hpp"

namespace mgc::orchestrator {

// To be called when inspect() said `empty`. A generated root password is printed on standard output, once, after all went
// well: "GENERATED ROOT PASSWORD: ...". Cancelled, throws operation_aborted and leaves nothing. Error: for the operator: the
// file of initdb.d or the statement's purpose, and the last lines of what was said; nothing is left then either.
boost::asio::awaitable<answer<>> initialise(const server_host& host);

}  // namespace mgc::orchestrator
