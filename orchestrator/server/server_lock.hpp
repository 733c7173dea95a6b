#pragma once

// At most one server on a data directory, whichever mgc started it: LOCK_DIR/server.lock is locked by mgc and, through the same
// descriptor, by each server program that it starts. When mgc is killed, its server keeps the lock until it has ended; the
// next mgc sees that and waits. The file itself stays. I/O ring.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <string>

#include "proxy/error.hpp"
#include "shaper/file_descriptor.hpp"

namespace mgc::orchestrator {

class server_lock {
 public:
  // Unset: somebody else holds it. Error: the file cannot be made or locked.
  static proxy::result<std::optional<server_lock>> take(const std::string& lock_directory);

  // take() again and again until it is ours; `waiting` hears who has it (at once, then every 10 s). Throws operation_aborted
  // when the coroutine is cancelled.
  static boost::asio::awaitable<proxy::result<server_lock>> wait_for(
      std::string lock_directory, std::function<void(const std::string& who)> waiting);

  int descriptor() const { return file_.get(); }
  // The process to name to whoever waits.
  void name_holder(int pid) const;

 private:
  explicit server_lock(shaper::file_descriptor file) : file_{std::move(file)} {}
  shaper::file_descriptor file_;
};

}  // namespace mgc::orchestrator
