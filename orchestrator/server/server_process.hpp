#pragma once

// The node's mariadbd: its start and its end. I/O ring; the context's thread.

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/election/history.hpp"
#include "orchestrator/server/answer.hpp"
#include "orchestrator/server/server_host.hpp"

namespace mgc::orchestrator {

struct server_start {
  bool new_cluster = false;   // of this start alone
  history_id history = {};    // with `position`: where the data stands. A server that has crashed does
  seqno position = no_seqno;  // not know it by itself, and would begin a new history
  std::vector<std::string> further = {};  // words
};

// mariadbd's words: the option file, those of the start, program_words.
std::vector<std::string> server_words(const node_settings& settings, const server_start& how);

// When this object goes before the server has ended, the server is told to stop, and is not waited for.
class server_process {
 public:
  static answer<server_process> start(const server_host& host, const server_start& how);
  server_process(server_process&& other) noexcept;
  server_process& operator=(server_process&&) = delete;
  ~server_process();

  int pid() const { return child_.pid(); }
  boost::asio::awaitable<proxy::exit_status> ended() { return child_.ended(); }
  std::optional<proxy::exit_status> status() const { return child_.status(); }

  // SIGTERM: the server ends by itself, in the time that it needs. Again: nothing more.
  void stop();
  // SIGKILL, to it and what it started.
  void kill() { child_.kill_group(); }

 private:
  explicit server_process(running_child child) : child_{std::move(child)} {}
  running_child child_;
  bool here_ = true;  // not moved away
  bool stopping_ = false;
};

}  // namespace mgc::orchestrator
