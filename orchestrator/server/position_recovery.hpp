#pragma once

// Where the data of a crashed server stands: `mariadbd --wsrep-recover` lets InnoDB recover, says it, and ends. I/O ring.

#include <boost/asio/awaitable.hpp>
#include <string>

#include "orchestrator/server/answer.hpp"
#include "orchestrator/server/recovered_position.hpp"
#include "orchestrator/server/server_host.hpp"

namespace mgc::orchestrator {

// Its log is LOGS/wsrep-recover.log; while it runs, the last line there is in ours every 10 s. Transactions that were prepared and
// never decided are rolled back, with a warning. Cancelled, it kills the server and throws operation_aborted.
// Error: for the operator, with the last lines of that log.
boost::asio::awaitable<answer<recovered_position>> recover_position(const server_host& host);

}  // namespace mgc::orchestrator
