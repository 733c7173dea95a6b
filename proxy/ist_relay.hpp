#pragma once

// Galera's incremental state transfer at a limited rate: on the joiner, listens where donors connect, and relays to
// Galera, which listens on a loopback address with the same port (provider option ist.recv_bind). Reading slowly slows
// the donor down. I/O ring; everything runs on the executor given, which must be one thread (or a strand).
//
// What keeps the cluster safe (each has cost somebody a node):
// - A donor is accepted at once and its handshake never waits, not even while the limit is "pause": the donor connects
//   and shakes hands while its replication stands still.
// - Galera is connected to only when a donor is there, and once: it accepts one connection, and whatever connects first
//   is taken for the donor. So there is no probe and no retry, and the address is a number, not a name with several.
// - If Galera does not listen, the client is reset at once: at the end of a transfer Galera connects to its own
//   advertised address and waits until that fails.
// - Nothing is idle for too long: the connection is silent during a whole SST. Both sides are probed by TCP.
// - Each direction ends on its own; a broken transfer is reset on both sides, never ended cleanly.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <memory>
#include <optional>

#include "shaper/endpoint.hpp"
#include "shaper/relay.hpp"
#include "shaper/shared_budget.hpp"

namespace mgc::proxy {

struct ist_relay_options {
  shaper::endpoint listen;   // an address of this node, never a wildcard: Galera needs the port on loopback
  shaper::endpoint connect;  // ist.recv_bind, an address
  shaper::duration drain{std::chrono::seconds{60}};     // after stop(): how long a running transfer may go on
  shaper::duration progress{std::chrono::seconds{10}};  // between two lines of the log; 0: only at the end
};

class ist_relay {
 public:
  // `budget` must outlive the relay.
  ist_relay(boost::asio::any_io_executor executor, shaper::shared_budget& budget, ist_relay_options options);

  // As shaper::relay: connections wait in the backlog until run(), which serves until stop(). The outcome is a failure
  // when a transfer had to be cut.
  std::optional<shaper::relay::failure> listen() { return relay_.listen(); }
  boost::asio::awaitable<shaper::outcome> run();
  void stop() { relay_.stop(); }

  std::size_t connections() const { return relay_.connections(); }

 private:
  class transfer;
  boost::asio::awaitable<void> report_progress();

  ist_relay_options options_;
  // Each transfer enters and leaves by itself. Shared with them: when the executor's context is destroyed with transfers
  // still running, they outlive this object.
  std::shared_ptr<std::list<transfer*>> present_;
  boost::asio::steady_timer next_report_;
  shaper::relay relay_;
};

}  // namespace mgc::proxy
