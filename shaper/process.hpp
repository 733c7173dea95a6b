#pragma once

// What every program of ours does around its work: descriptors, signals, the log, exit codes. Main ring; the main thread.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "shaper/command_line.hpp"
#include "shaper/outcome.hpp"
#include "shaper/shared_budget.hpp"

namespace mgc::shaper {

inline constexpr int failed_at_run_time = 1;
inline constexpr int wrong_usage = 2;
inline int killed_by(int signal) { return 128 + signal; }

// To be called before any thread exists. `program` is what messages begin with; a literal.
void set_up_process(std::string_view program);

// Log lines go to standard error, after the program's name. `under_a_bar`: each first wipes the line it is on.
void set_up_log(bool under_a_bar = false);

// "PROGRAM: what" on standard error; returns `code`.
int complain(int code, std::string_view what);

// What the operator asked to see, on standard output; returns the exit code.
int print(const std::string& text);

// What --help or a wrong command line leads to; returns the exit code.
int leave(const early_exit& early);

// The budget that a command line asks for: of this process alone when `file` is empty. An existing file keeps its limit,
// and when `limit` is another one, that is said. Without `limit`, the file must be there, or gets `otherwise`.
result<std::unique_ptr<shared_budget>> open_budget(const std::string& file, std::optional<rate> limit,
                                                   std::optional<rate> otherwise = std::nullopt);

// Whether whoever started us wants this signal ignored: nohup means it.
bool is_ignored(int signal);

// INT, TERM and HUP, except one that the parent has set to be ignored: nohup means it.
void add_signals_to_end_by(boost::asio::signal_set& signals);

// A relayed connection takes two sockets and, when bytes flow, two pipes.
void raise_open_files_limit();

// Calls `look` at regular intervals until the context stops; an interval of 0 is never.
class ticker {
 public:
  ticker(boost::asio::io_context& context, duration interval, std::function<void()> look);

 private:
  void wait();

  boost::asio::steady_timer timer_;
  duration interval_;
  std::function<void()> look_;
};

// Runs the context until `run` of a relay has ended, by itself or after a signal; `stop` is called at each signal and
// tells the relay to stop. Returns how it ended and the last signal (0: none).
struct relay_end {
  outcome how;
  int signal = 0;

  // 0 when nothing was cut, else the signal's or 1.
  int exit_code() const;
};
relay_end run_until_signalled(boost::asio::io_context& context, boost::asio::signal_set& signals,
                              boost::asio::awaitable<outcome> run, std::function<void(int signal)> stop);

}  // namespace mgc::shaper
