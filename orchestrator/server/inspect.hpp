#pragma once

// What is in the data directory, read from its files and, after a crash, by `mariadbd --wsrep-recover`. The server must be
// down. Changes nothing but a gvwstate.dat that is empty or broken: it goes (a server would not start with it). I/O ring.

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>

#include "orchestrator/election/journal.hpp"
#include "orchestrator/server/answer.hpp"
#include "orchestrator/server/server_host.hpp"

namespace mgc::orchestrator {

// Takes as long as InnoDB's recovery does, which is logged every few seconds. Cancelled, it kills the recovering server, which
// loses nothing, and throws operation_aborted. Error: for the operator, with the last lines of the server's log.
boost::asio::awaitable<answer<local_data>> inspect(const server_host& host, const journal& memory);

// Takes gvwstate.dat away, which must not be there when a server starts that an election has started: it would wait for
// its old component, for ever. (What it said belongs in the journal first.)
answer<> forget_view(const std::string& datadir);

// What gvwstate.dat says of the last Primary component. Unset: there is none, or none that can be used.
std::optional<recorded_view> read_view(const std::string& datadir, const journal& memory);

// Removes grastate.dat: at its next start the server will get a whole copy from the cluster.
answer<> forget_position(const std::string& datadir);

// Sets grastate.dat's safe_to_bootstrap to 1, without which Galera refuses to found a cluster with this data. Durable
// when it returns; owner and mode stay.
answer<> allow_bootstrap(const std::string& datadir);

}  // namespace mgc::orchestrator
