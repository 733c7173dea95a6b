#include "shaper/program.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <thread>

#include "shaper/options.hpp"
#include "shaper/pipe_mover.hpp"
#include "shaper/process.hpp"
#include "shaper/relay.hpp"
#include "shaper/reporter.hpp"
#include "shaper/shared_budget.hpp"
#include "shaper/socket_shaping.hpp"
#include "shaper/stderr_line.hpp"

namespace mgc::shaper {
namespace {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

int change_limit(const limit_change& change) {
  auto budget = shared_budget::open(change.budget_file);
  if (!budget) {
    return complain(wrong_usage,
                    fmt::format("--budget '{}': {}", change.budget_file, budget.error().message()));
  }
  const auto before = (*budget)->tokens().limit();
  if (const auto failed = (*budget)->set_limit(change.limit)) {
    return complain(failed_at_run_time,
                    fmt::format("--budget '{}': {}", change.budget_file, failed.message()));
  }
  return print(fmt::format("{}: {} -> {}\n", change.budget_file, to_string(before), to_string(change.limit)));
}

// What both modes do around a transfer: reports and signals.
class transfer_run {
 public:
  transfer_run(const program_options& options, shared_budget& budget)
      : budget_{budget},
        status_file_{options.status_file},
        reporter_{options.progress, options.status_file, options.total},
        signals_{context_} {
    add_signals_to_end_by(signals_);
    set_up_log(reporter_.draws_bar());
  }

  // 2 when the status file cannot be written, before anything has been moved.
  int check_status_file() {
    if (status_file_.empty()) return 0;
    error_code failed = error::status_not_ours;
    if (is_status_file_or_new(status_file_)) failed = reporter_.report({}, budget_.tokens().limit());
    return failed ? complain(wrong_usage, status_problem(failed)) : 0;
  }

  int pipe(const program_options& options);
  int relay(const relay_options& options);

 private:
  std::string status_problem(error_code failed) const {
    return fmt::format("--status-json '{}': {}", status_file_, failed.message());
  }

  void report(const transfer_figures& figures) {
    const auto failed = reporter_.report(figures, budget_.tokens().limit());
    if (failed && !status_failed_) spdlog::error(status_problem(failed));
    status_failed_ = failed.failed();
  }

  void finish(const transfer_figures& figures, const outcome& ended, int signal, std::string_view why) {
    const auto* const state = signal != 0 ? "interrupted" : ended.complete() ? "complete" : "failed";
    const auto failed = reporter_.finish(figures, budget_.tokens().limit(), state, why);
    if (failed) spdlog::error(status_problem(failed));
  }

  shared_budget& budget_;
  std::string status_file_;
  reporter reporter_;
  bool status_failed_ = false;
  asio::io_context context_{1};
  asio::signal_set signals_;
};

std::string describe(const outcome& ended, std::uint64_t bytes) {
  const auto* const end = ended.where == side::source ? "standard input: "
                          : ended.where == side::sink ? "standard output: "
                                                      : "";
  return fmt::format("{}{}, after {} bytes; the transfer is not complete", end, ended.why.message(), bytes);
}

void leave_signals_to_main() {
  sigset_t handled;
  ::sigemptyset(&handled);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&handled, number);
  ::pthread_sigmask(SIG_BLOCK, &handled, nullptr);
}

// Notices when a transfer has stood still for too long. Waiting for tokens is not standing still.
class idle_watch {
 public:
  explicit idle_watch(duration limit) : limit_{limit} {}

  bool too_long(const transfer_record& record) {
    const auto now = clock::now();
    const auto by = record.held_by();
    if (record.bytes() != bytes_ || by == holder::tokens || by == holder::pause) {
      bytes_ = record.bytes();
      moved_ = now;
    }
    return now - moved_ >= limit_;
  }

  // How often to look.
  duration interval() const {
    return limit_ == duration{0}
               ? limit_
               : std::clamp<duration>(limit_ / 8, std::chrono::milliseconds{100}, std::chrono::seconds{1});
  }

 private:
  duration limit_;
  std::uint64_t bytes_ = 0;
  time_point moved_ = clock::now();
};

// The mover has a thread to itself because it may block for ever in the kernel, on a terminal or a network file
// system. A signal or an idle timeout therefore does not wait for it: what is to be said is said, and the process
// goes.
int transfer_run::pipe(const program_options& options) {
  // If standard output is a socket, its peer must not take a part for the whole; for anything else this fails.
  const bool is_socket = !reset_on_close(STDOUT_FILENO, true);
  const auto slot = budget_.claim({"pipe", "standard output", options.total});
  auto& record = slot.record();
  outcome ended;
  std::thread mover{[&] {
    leave_signals_to_main();
    ended = move_stream(STDIN_FILENO, STDOUT_FILENO, budget_.tokens(), record);
    asio::post(context_, [this] { context_.stop(); });
  }};
  const auto leave = [&](int code, const outcome& how, int signal, const std::string& why) {
    finish(record.figures(clock::now()), how, signal, why);
    spdlog::error(why);
    ::_exit(code);
  };
  signals_.async_wait([&](error_code failed, int signal) {
    if (failed) return;
    leave(killed_by(signal), {}, signal,
          fmt::format("ended by signal {} after {} bytes; the transfer is not complete", signal,
                      record.bytes()));
  });
  idle_watch idle{options.idle_timeout};
  const ticker looks{context_, idle.interval(), [&] {
                       if (!idle.too_long(record)) return;
                       const outcome how{record.held_by() == holder::source ? side::source : side::sink,
                                         error::transfer_idle};
                       leave(failed_at_run_time, how, 0, describe(how, record.bytes()));
                     }};
  const ticker ticks{context_, reporter_.interval(), [&] { report(record.figures(clock::now())); }};
  context_.run();
  mover.join();
  if (is_socket && ended.complete()) (void)reset_on_close(STDOUT_FILENO, false);
  const auto why = ended.complete() ? "" : describe(ended, record.bytes());
  finish(record.figures(clock::now()), ended, 0, why);
  if (ended.complete()) return 0;
  spdlog::error(why);
  return failed_at_run_time;
}

int transfer_run::relay(const relay_options& options) {
  raise_open_files_limit();
  class relay relay {
    context_.get_executor(), budget_, options
  };
  if (const auto failed = relay.listen()) {
    const bool is_target = failed->why == error::endpoint_is_own || failed->where != options.listen;
    const auto* const option = is_target ? "--connect" : "--listen";
    return complain(failed_at_run_time,
                    fmt::format("{} '{}': {}", option, to_string(failed->where), failed->why.message()));
  }
  spdlog::info("listening on {}, connecting to {}, limit {}", to_string(relay.local_endpoint()),
               to_string(options.connect), to_string(budget_.tokens().limit()));
  const ticker ticks{context_, reporter_.interval(), [&] { report(relay.figures(clock::now())); }};
  const auto end = run_until_signalled(context_, signals_, relay.run(), [&](int number) {
    spdlog::info("signal {}: no more connections; {} running, to end within {} s (signal again to cut them)",
                 number, relay.connections(),
                 std::chrono::duration_cast<std::chrono::seconds>(options.drain).count());
    relay.stop();
  });
  const auto why = end.how.complete() ? "" : end.how.why.message();
  finish(relay.figures(clock::now()), end.how, end.how.complete() ? 0 : end.signal, why);
  return end.exit_code();
}

int transfer(const program_options& options) {
  auto budget = open_budget(options.budget_file, options.limit);
  if (!budget) {
    return complain(wrong_usage,
                    fmt::format("--budget '{}': {}", options.budget_file, budget.error().message()));
  }
  transfer_run run{options, **budget};
  if (const int code = run.check_status_file(); code != 0) return code;
  return options.relay ? run.relay(*options.relay) : run.pipe(options);
}

}  // namespace

int run_program(int argc, const char* const* argv) {
  set_up_process("mgc-shaper");
  const auto parsed = parse_options(argc, argv);
  try {
    if (const auto* const early = std::get_if<early_exit>(&parsed)) return leave(*early);
    if (const auto* const change = std::get_if<limit_change>(&parsed)) return change_limit(*change);
    return transfer(std::get<program_options>(parsed));
  } catch (const std::exception& broken) {
    return complain(failed_at_run_time,
                    fmt::format("stopped by an error that should not be: {}", broken.what()));
  }
}

}  // namespace mgc::shaper
