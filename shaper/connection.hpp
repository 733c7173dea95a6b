#pragma once

// One relayed connection: two sockets, and a direction each way that closes on its own. I/O ring; everything
// runs on the sockets' executor, which must be one thread (or a strand).
//
// Bytes held when a source closes are delivered first, then its sink gets the end. Any failure resets both
// sockets at once, and so does the death of this process: a peer never sees a clean end on a truncated
// stream.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <string>
#include <vector>

#include "shaper/direction.hpp"
#include "shaper/outcome.hpp"
#include "shaper/shared_budget.hpp"
#include "shaper/splice_pipe.hpp"
#include "shaper/tcp_sink.hpp"
#include "shaper/witness.hpp"

namespace mgc::shaper {

// Empty pipes to be used again: making one costs more than filling it, and an idle connection needs none.
class pipe_pool {
 public:
  explicit pipe_pool(std::size_t capacity = splice_pipe::wanted_capacity) : capacity_{capacity} {}
  result<splice_pipe> take();
  void give(splice_pipe pipe);  // only an empty one is kept

 private:
  std::size_t capacity_;
  std::vector<splice_pipe> pipes_;
};

// Which direction the limit is for: up is from who connects to us, down is to them.
enum class shaped { up, down, both };

class connection {
 public:
  using socket = boost::asio::ip::tcp::socket;

  // What all connections of a relay share; outlives them.
  struct surroundings {
    shared_budget& limited;
    budget unlimited;  // for a direction that the limit is not for
    shaped which;
    duration idle_timeout;  // 0 is never
    pipe_pool pipes;
    std::string kind_up = "relay up";  // what status shows of either direction
    std::string kind_down = "relay down";
    std::uint64_t handshake_debt = direction::handshake_debt;
  };

  // Both sockets are connected. `name` and `total` (bytes expected, 0 unknown) are what status shows. `seen_by` must
  // outlive the connection.
  connection(socket client, socket server, surroundings& around, const std::string& name, std::uint64_t total,
             witness* seen_by = nullptr);

  // Returns when both directions have ended or one has failed.
  boost::asio::awaitable<outcome> run();

  // Ends it now with error::transfer_cancelled; run() returns soon after.
  void cut();

  // To be called when the limit has changed: waiting directions look at it anew, the sockets are tuned to it.
  void limit_changed();

  // Sums over the directions that the limit is for; what was waited for is the busiest one's.
  transfer_figures figures(time_point now) const;

 private:
  struct half {
    half(socket& source, socket& sink, surroundings& around, shaped which, const transfer_identity& identity,
         stream_observer* seen_by);
    bool is_shaped;
    stream_observer* observer;  // may be null
    shared_budget::slot slot;
    direction machine;
    tcp_sink paced;
    boost::asio::steady_timer tokens_due;
  };
  class mover;

  boost::asio::awaitable<void> move(half& h, socket& source, socket& sink);
  boost::asio::awaitable<void> watch_idle();
  boost::asio::awaitable<void> watch_for_reset(socket& peer);
  void shape();
  void fail(outcome how);

  socket client_;
  socket server_;
  surroundings& around_;
  half up_;
  half down_;
  boost::asio::steady_timer idle_;
  time_point last_moved_;
  bool failed_ = false;
  outcome outcome_;
};

}  // namespace mgc::shaper
