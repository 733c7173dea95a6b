#pragma once

// The joiner's door: listens at the address that the donor will be told, and lets in who proves to know the transfer's
// token. Whoever does not is logged, closed within 10 seconds, and costs the transfer nothing. I/O ring; the public
// functions are for one thread, others work behind them.

#include <condition_variable>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <optional>

#include "proxy/link.hpp"
#include "proxy/transfer_process.hpp"

namespace mgc::proxy {

class joiner_listener {
 public:
  // Listens at once, at the address itself where it is this machine's, else (address translation) at its port on all
  // addresses. Ends the process when the port cannot be had.
  joiner_listener(transfer_process& process, const shaper::endpoint& at, link::keys keys,
                  std::chrono::seconds silence);
  ~joiner_listener();
  joiner_listener(const joiner_listener&) = delete;
  joiner_listener& operator=(const joiner_listener&) = delete;

  // The one control connection. Null at the deadline.
  std::unique_ptr<link> control(shaper::time_point deadline);

  // From now on channels are let in too; each is given to `serve` in a thread of its own. wait_for_channels() returns
  // when all that were let in have been served; no more are let in then.
  void serve_channels(std::function<void(std::unique_ptr<link>)> serve);
  void wait_for_channels();

  // Nobody is let in any more, and the port is free.
  void close();

  std::uint16_t port() const { return port_; }

 private:
  // A connection that is proving itself.
  struct unproved {
    int socket;
    shaper::time_point since;
  };

  void accept_all();
  void admit(shaper::file_descriptor socket, const std::string& peer, std::unique_lock<std::mutex>& lock);
  void authenticate(shaper::file_descriptor socket, shaper::file_descriptor handle, const std::string& peer);
  void let_in(std::unique_ptr<link> proved, const std::string& peer);
  void refuse(const std::string& peer, const std::string& why);

  transfer_process& process_;
  link::keys keys_;
  std::chrono::seconds silence_;
  std::uint16_t port_ = 0;
  shaper::file_descriptor socket_;

  std::mutex mutex_;  // what follows
  std::condition_variable changed_;
  std::list<unproved> unproved_;  // oldest first
  std::unique_ptr<link> control_;
  bool has_control_ = false;
  std::function<void(std::unique_ptr<link>)> serve_;
  unsigned serving_ = 0;
  unsigned threads_ = 0;
  unsigned refused_ = 0;
  bool closed_ = false;
};

}  // namespace mgc::proxy
