#pragma once

// Asks other nodes. One connection to each is kept open and opened again when it is needed; it comes from this node's own
// address, because that is what a peer without a cluster_secret knows us by. What a peer sends is bounded and, where
// there is a secret, proved (PEERS.md). I/O ring; one thread, that of the context.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/result.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "orchestrator/config/node_settings.hpp"
#include "orchestrator/election/ballot_box.hpp"

namespace mgc::orchestrator {

// Error: for people: which node, its address, what failed, what to do.
template <class Value>
using peer_result = boost::system::result<Value, std::string>;

class peer_client {
 public:
  using deadline = std::chrono::steady_clock::time_point;

  // Copies what it needs of the settings.
  peer_client(boost::asio::io_context& context, const node_settings& settings);
  ~peer_client();
  peer_client(const peer_client&) = delete;

  // `who` is one of the configured nodes. They return at the deadline, whatever the peer does; several may be under way
  // to one peer.
  boost::asio::awaitable<peer_result<peer_answer>> ask(node_number who, peer_request request, deadline until);
  boost::asio::awaitable<peer_result<node_report>> report(node_number who, deadline until);

  // What is under way fails at once, as it does when this object goes.
  void close();

 private:
  class connections;
  std::shared_ptr<connections> connections_;  // shared with the calls that are under way
};

}  // namespace mgc::orchestrator
