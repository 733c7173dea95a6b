#pragma once

// Listens for other nodes and for monitoring at ADDRESS:peer_port, and for this node's operators at RUN_DIR/mgc.sock
// (mode 0600; root or our own user). PEERS.md has the routes and who may use which. Nobody can make it use more than a
// bounded number of connections and of memory, nor hold one for longer than a deadline. I/O ring; one thread, that of the
// context.

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "orchestrator/config/node_settings.hpp"
#include "orchestrator/peers/node_face.hpp"

namespace mgc::orchestrator {

struct server_limits {
  std::size_t connections = 256;               // in total ...
  std::size_t connections_of_one = 32;         // ... and of one address
  std::chrono::milliseconds to_say{5'000};     // for a request to come whole, and for an answer to be taken
  std::chrono::milliseconds to_idle{120'000};  // between requests of one connection
};

class peer_server {
 public:
  // Listens at once. Throws proxy::bad_setting when a port or the socket cannot be had; the text names it and what to
  // do. Warns in the log when there is no cluster_secret. `face` must outlive it.
  peer_server(boost::asio::io_context& context, const node_settings& settings, node_face& face,
              server_limits limits = {});
  // Closes everything, and removes the socket.
  ~peer_server();
  peer_server(const peer_server&) = delete;

  // Of ADDRESS: peer_port, or the one that the system chose where that is 0.
  std::uint16_t port() const;

 private:
  class doors;
  std::shared_ptr<doors> doors_;  // shared with the connections that are still being closed
};

}  // namespace mgc::orchestrator
