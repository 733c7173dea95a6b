#pragma once

// Asks the server how it is, once a second, from a thread of its own: a server may be slow, refuse, or hang, and nothing
// else may wait for that. I/O ring.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "orchestrator/config/node_settings.hpp"
#include "orchestrator/server/answer.hpp"
#include "orchestrator/server/server_observation.hpp"

namespace mgc::orchestrator {

class server_watch {
 public:
  using handler = std::function<void(const server_observation&)>;

  // `heard` is called on the context's thread, after each look, until this object goes; one look takes at most a few
  // seconds. While there is no answer it looks five times a second, so that a server that is up is seen at once.
  server_watch(boost::asio::io_context& context, const node_settings& settings, handler heard,
               std::chrono::milliseconds period = std::chrono::seconds{1});
  server_watch(const server_watch&) = delete;
  server_watch& operator=(const server_watch&) = delete;
  ~server_watch();  // waits for the look that goes on

  // Makes the component that this node is in a Primary one: only after an election has said so.
  boost::asio::awaitable<answer<>> heal();
  // One statement, within a few seconds. Error: the server's words.
  boost::asio::awaitable<answer<>> execute(std::string statement);

 private:
  class worker;
  std::unique_ptr<worker> worker_;
};

}  // namespace mgc::orchestrator
