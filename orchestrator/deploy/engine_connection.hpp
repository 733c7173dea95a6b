#pragma once

// One connection to an engine, of whichever kind, for one request. I/O ring; one thread.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/system/result.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "orchestrator/deploy/engine_endpoint.hpp"
#include "orchestrator/deploy/engine_json.hpp"
#include "orchestrator/peers/http_message.hpp"

namespace mgc::orchestrator {

class engine_connection {
 public:
  virtual ~engine_connection() = default;

  // An answer of at most so many bytes, before the deadline of the connection.
  virtual boost::asio::awaitable<engine_result<http_response>> ask(http_request request,
                                                                   std::size_t most) = 0;

  // An answer of any length, in pieces as they come, until `take` wants no more; each may take `silence`. Of one whose status is not 200 the body is
  // returned instead, up to `most` bytes.
  virtual boost::asio::awaitable<engine_result<http_response>> ask_for_stream(
      http_request request, std::function<bool(std::string_view)> take, std::chrono::seconds silence,
      std::size_t most) = 0;
};

// Connected, with TLS where the endpoint is one of TLS (`tls` is needed then), within `patience`, which is also the deadline
// of ask().
boost::asio::awaitable<engine_result<std::unique_ptr<engine_connection>>> connect_to_engine(
    engine_endpoint where, boost::asio::ssl::context* tls, std::chrono::seconds patience);

}  // namespace mgc::orchestrator
