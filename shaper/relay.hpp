#pragma once

// Relay mode: accepts TCP connections, opens one to the target for each, and lets them share the limit. I/O
// ring; everything runs on the executor given, which must be one thread (or a strand).

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "shaper/connection.hpp"
#include "shaper/endpoint.hpp"
#include "shaper/shared_budget.hpp"

namespace mgc::shaper {

struct relay_options {
  endpoint listen;
  endpoint connect;
  shaped which = shaped::both;
  duration idle_timeout{0};                 // 0 is never
  duration drain{std::chrono::seconds{5}};  // after stop(): how long running connections may go on
  bool once = false;                        // serve one connection, then end
  std::uint64_t total = 0;                  // bytes expected of it; 0 unknown
  std::string kind_up = "relay up";         // what status shows of either direction
  std::string kind_down = "relay down";
  std::uint64_t handshake_debt = direction::handshake_debt;  // up to which first bytes do not wait

  // Makes who goes with a connection from `peer`; unset: somebody who writes to the log.
  std::function<std::unique_ptr<witness>(const std::string& peer)> make_witness;
};

class relay {
 public:
  // `budget` must outlive the relay.
  relay(boost::asio::any_io_executor executor, shared_budget& budget, relay_options options);

  // Starts to listen; connections wait in the backlog until run(). The name to connect to must resolve now,
  // and is resolved again for every connection. Error: the system's or the resolver's; `where` says which
  // address it is about.
  struct failure {
    error_code why;
    endpoint where;
  };
  std::optional<failure> listen();
  endpoint local_endpoint() const;  // with the port that was given for port 0

  // Serves until stop(), or until the one connection has ended (once). The outcome is that connection's;
  // without `once`, it is a failure when a connection had to be cut.
  boost::asio::awaitable<outcome> run();

  // Stops accepting; running connections may end within the drain time, then they are cut. A second call cuts
  // them now. With `once`, to be stopped before there was a connection is a failure.
  void stop();

  // Sums over all connections there have been; what was waited for is the busiest present one's.
  transfer_figures figures(time_point now) const;
  std::size_t connections() const { return serving_; }  // those being connected included

 private:
  boost::asio::awaitable<void> accept_and_drain();
  boost::asio::awaitable<void> serve(connection::socket client);
  boost::asio::awaitable<connection::socket> connect(error_code& failed);
  boost::asio::awaitable<void> watch_limit();
  void served(std::exception_ptr broken);
  void cut();
  void shape_before_use(int socket, shaped comes_from) const;

  boost::asio::any_io_executor executor_;
  shared_budget& budget_;
  relay_options options_;
  budget_state unlimited_;
  connection::surroundings around_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer drained_;  // cancelled when a connection has ended or stop() was called
  boost::asio::steady_timer limit_;    // when to look whether the limit has changed
  std::list<connection*> present_;     // owned by their serve()
  std::list<boost::asio::steady_timer*> connecting_;  // what ends an attempt to connect; owned by connect()
  std::size_t serving_ = 0;
  std::uint64_t bytes_of_past_ = 0;
  time_point deadline_ = time_point::max();  // of the drain
  bool cut_ = false;                         // it has passed
  outcome outcome_;
};

}  // namespace mgc::shaper
