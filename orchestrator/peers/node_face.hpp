#pragma once

// What a running `mgc run` shows of itself to other nodes, to operators and to monitoring: the peer server asks, the
// supervisor behind it answers. All functions are called in the server's one thread.

#include <boost/asio/awaitable.hpp>
#include <string>

#include "orchestrator/election/ballot_box.hpp"
#include "orchestrator/election/node_report.hpp"
#include "orchestrator/peers/admin_answer.hpp"
#include "orchestrator/peers/metrics.hpp"
#include "orchestrator/peers/node_status.hpp"

namespace mgc::orchestrator {

class node_face {
 public:
  node_face() = default;
  node_face(const node_face&) = delete;
  node_face& operator=(const node_face&) = delete;
  virtual ~node_face() = default;

  virtual node_report report() const = 0;

  // The journal must be durable before this returns. Called for one request after the other has begun, not ended: it
  // may be called again while it waits.
  virtual boost::asio::awaitable<peer_answer> answer(peer_request request) = 0;

  virtual node_status status() = 0;
  virtual node_health health() = 0;
  virtual node_metrics metrics() = 0;

  // An operator's `mgc bootstrap`. Unless `really`, nothing is done, and the text says what would be.
  virtual boost::asio::awaitable<admin_answer> force_bootstrap(bool really) = 0;
};

}  // namespace mgc::orchestrator
