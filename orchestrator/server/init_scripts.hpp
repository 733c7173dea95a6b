#pragma once

// Runs what is in initdb.d on a server that answers on `socket`, as the server's OS user. Scripts find in their environment:
//
//   MGC_SOCKET    the server's socket: mariadb --socket="$MGC_SOCKET" lets them in with all rights
//   MGC_DATABASE  mysql_database, may be empty
//
// SQL goes to the `mariadb` client with mysql_database as its default. I/O ring.

#include <boost/asio/awaitable.hpp>
#include <string>

#include "orchestrator/server/answer.hpp"
#include "orchestrator/server/output_file.hpp"
#include "orchestrator/server/server_host.hpp"

namespace mgc::orchestrator {

// What they say goes to `said`. Error: the first file that failed, and its last lines.
boost::asio::awaitable<answer<>> run_init_scripts(const server_host& host, std::string socket,
                                                  output_file& said);

}  // namespace mgc::orchestrator
