#pragma once

// A server without Galera and network on a data directory that is not in its place yet. I/O ring.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <string>
#include <vector>

#include "orchestrator/server/account_statements.hpp"
#include "orchestrator/server/answer.hpp"
#include "orchestrator/server/output_file.hpp"
#include "orchestrator/server/server_host.hpp"

namespace mgc::orchestrator {

// The words that every server program gets which works in `directory` in the data directory's stead: options of the option file that point
// into DATADIR point there too, and there is no Galera, no network, no log but standard error.
std::vector<std::string> words_for(const node_settings& settings, const std::string& directory);

class temporary_server {
 public:
  // Returns when it answers. What it says goes to `said`. Error: with the last lines of that.
  static boost::asio::awaitable<answer<temporary_server>> start(const server_host& host,
                                                                const std::string& directory,
                                                                const output_file& said);

  static std::string socket_of(const node_settings& settings);

  // In their order, on one connection. Error: the purpose of the one that failed, and the server's words.
  boost::asio::awaitable<answer<>> execute(const std::vector<account_statement>& statements);

  // Returns when it has ended. Error: it did not end well.
  boost::asio::awaitable<answer<>> stop();

 private:
  temporary_server(running_child child, std::string socket)
      : child_{std::move(child)}, socket_{std::move(socket)} {}
  boost::asio::awaitable<bool> answers();

  running_child child_;
  std::string socket_;
  std::unique_ptr<boost::asio::thread_pool> thread_ =
      std::make_unique<boost::asio::thread_pool>(1);  // waits for the server, so that we need not
};

}  // namespace mgc::orchestrator
