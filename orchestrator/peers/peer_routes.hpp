#pragma once

// What a node answers to which request (PEERS.md): one request in, one answer out; whose connection it is has been found
// out. I/O ring; one thread.

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <map>
#include <string>

#include "orchestrator/peers/gatekeeper.hpp"
#include "orchestrator/peers/http_message.hpp"
#include "orchestrator/peers/node_face.hpp"

namespace mgc::orchestrator {

struct routed {
  http_response response;
  bool proved = false;  // the caller is a peer for certain
};

class peer_routes {
 public:
  peer_routes(const node_settings& settings, node_face& face);

  boost::asio::awaitable<routed> answer(http_request request, caller who);

  const gatekeeper& keeper() const { return keeper_; }

 private:
  struct route;

  boost::asio::awaitable<http_response> request(const http_request& request, const caller& who);
  boost::asio::awaitable<http_response> report(const http_request& request, const caller& who);
  boost::asio::awaitable<http_response> status(const http_request& request, const caller& who);
  boost::asio::awaitable<http_response> healthz(const http_request& request, const caller& who);
  boost::asio::awaitable<http_response> readyz(const http_request& request, const caller& who);
  boost::asio::awaitable<http_response> metrics(const http_request& request, const caller& who);
  boost::asio::awaitable<http_response> bootstrap(const http_request& request, const caller& who);

  http_response denied(const denial& why, const http_request& request, const caller& who);
  void log_denial(const denial& why, const std::string& target, const caller& who);

  node_face& face_;
  gatekeeper keeper_;
  std::map<std::string, std::chrono::steady_clock::time_point> logged_;  // denials: what was, and when
};

// {"error": why}.
http_response error_response(http::status status, std::string_view why);

}  // namespace mgc::orchestrator
