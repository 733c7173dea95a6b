#include "shaper/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <csignal>
#include <cstdio>
#include <utility>

#include "shaper/stderr_line.hpp"

namespace mgc::shaper {
namespace {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

std::string_view program_name = "mgc";

// The one way in which a mapped file can hurt: somebody made it shorter (or its file system is full and
// copies on write). Only async-signal-safe calls here;
// the sockets reset themselves (reset_on_close), so nobody takes the part for the whole.
void die_of_lost_budget(int) {
  constexpr std::string_view text =
      ": the file given as --budget was truncated while in use, or its disk is full; stopped\n";
  for (const auto part : {program_name, text}) {
    [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, part.data(), part.size());
  }
  ::_exit(failed_at_run_time);
}

// Started without one of the first three descriptors, its number would go to the next file opened: the budget
// would be read as standard input, or overwritten as standard output. So it is taken, opened the wrong way
// round for its use: reading or writing it fails as if it were still closed.
void take_missing_descriptors() {
  for (const auto& [number, mode] :
       {std::pair{STDIN_FILENO, O_WRONLY}, {STDOUT_FILENO, O_RDONLY}, {STDERR_FILENO, O_WRONLY}}) {
    if (::fcntl(number, F_GETFD) < 0) (void)::open("/dev/null", mode);
  }
}

class stderr_sink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    write_to_stderr({line.data(), line.size()});
  }
  void flush_() override {}
};

}  // namespace

void set_up_process(std::string_view program) {
  program_name = program;
  take_missing_descriptors();
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a file at its allowed size is an error of the sink like others
  ::signal(SIGBUS, die_of_lost_budget);
}

void set_up_log(bool under_a_bar) {
  auto log = std::make_shared<spdlog::logger>(std::string{program_name}, std::make_shared<stderr_sink>());
  log->set_pattern(under_a_bar ? "\r\033[K%n: %v" : "%n: %v");
  spdlog::set_default_logger(std::move(log));
}

int complain(int code, std::string_view what) {
  write_to_stderr(fmt::format("{}: {}\n", program_name, what));
  return code;
}

// Not fmt::print, which throws when it cannot be written.
int print(const std::string& text) {
  if (std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0) return 0;
  return complain(failed_at_run_time, "standard output cannot be written to");
}

int leave(const early_exit& early) {
  if (early.code == 0) return print(early.text);
  write_to_stderr(early.text);
  return early.code;
}

result<std::unique_ptr<shared_budget>> open_budget(const std::string& file, std::optional<rate> limit,
                                                   std::optional<rate> otherwise) {
  const auto initial = limit ? limit : otherwise;
  if (file.empty()) return shared_budget::make_private(initial.value_or(rate::unlimited()));
  if (!initial) return shared_budget::open(file);
  auto budget = shared_budget::open_or_create(file, *initial);
  // Compared as they are shown: a difference below 1 KB/s is nobody's concern.
  if (budget && limit && to_string((*budget)->tokens().limit()) != to_string(*limit)) {
    complain(0, fmt::format(
                    "--limit '{}': not used, because --budget '{}' already has the limit {}; change it with "
                    "--set-limit",
                    to_string(*limit), file, to_string((*budget)->tokens().limit())));
  }
  return budget;
}

bool is_ignored(int signal) {
  struct sigaction inherited {};
  return ::sigaction(signal, nullptr, &inherited) != 0 || inherited.sa_handler == SIG_IGN;
}

void add_signals_to_end_by(asio::signal_set& signals) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    if (!is_ignored(number)) signals.add(number);
  }
}

void raise_open_files_limit() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &files);
}

ticker::ticker(asio::io_context& context, duration interval, std::function<void()> look)
    : timer_{context}, interval_{interval}, look_{std::move(look)} {
  if (interval_ == duration{0}) return;
  timer_.expires_after(interval_);
  wait();
}

void ticker::wait() {
  timer_.async_wait([this](error_code stopped) {
    if (stopped) return;
    look_();
    timer_.expires_at(
        std::max(timer_.expiry() + interval_, clock::now()));  // a stopped process does not catch up
    wait();
  });
}

int relay_end::exit_code() const {
  if (how.complete()) return 0;
  return signal != 0 ? killed_by(signal) : failed_at_run_time;
}

relay_end run_until_signalled(asio::io_context& context, asio::signal_set& signals,
                              asio::awaitable<outcome> run, std::function<void(int signal)> stop) {
  relay_end end;
  std::function<void()> wait_for_signal = [&] {
    signals.async_wait([&](error_code failed, int number) {
      if (failed) return;
      end.signal = number;
      stop(number);
      wait_for_signal();
    });
  };
  wait_for_signal();
  asio::co_spawn(context, std::move(run), [&](std::exception_ptr broken, outcome how) {
    if (broken) std::rethrow_exception(broken);
    end.how = how;
    context.stop();
  });
  context.run();
  return end;
}

}  // namespace mgc::shaper
