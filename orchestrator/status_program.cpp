#include "orchestrator/status_program.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>
#include <variant>

#include "orchestrator/budget_choice.hpp"
#include "orchestrator/peers/local_client.hpp"
#include "orchestrator/status_text.hpp"
#include "proxy/node_budget.hpp"
#include "shaper/process.hpp"

namespace mgc::orchestrator {
namespace {

using clock = std::chrono::steady_clock;
using shaper::complain;
using shaper::failed_at_run_time;
using shaper::print;
using shaper::shared_budget;
using shaper::wrong_usage;

constexpr std::chrono::seconds interval{1};
constexpr std::chrono::seconds answer_within{1};
constexpr auto no_signal = 0;

constexpr auto description =
    "Shows this node and its peers, every running state transfer of this node, and the limit they share.";

constexpr auto footer = R"(
Where 'mgc run' runs: this node's phase, server, position and cluster size, and a table of its peers. It is
asked through DIR/mgc.sock; DIR is --run-dir, else $base_dir/run, else /data/mariadb-galera/run. Without it
the transfers alone are shown.

For each transfer: what it is doing, bytes, total and percent where the total is known, the rate of the
last second and on average, time so far and to go, and what holds it back: the limit, the source, the
sink or a pause. It takes a second, to measure the rate.

The transfers are in the node's budget file: FILE, else that of the 'mgc run' whose run directory is DIR
($base_dir/run, else /data/mariadb-galera/run), else what transfer_budget in [mgc] of the option files
names, else /run/mgc/budget or /run/mysqld/mgc.budget. It can be read by its owner, its group and
root.

--json prints one object: budget, limit_bytes_per_second (null when unlimited, 0 when paused) and
transfers, each with kind, peer, stage, pid, started (seconds since 1970), bytes, total_bytes, percent,
seconds, remaining_seconds, bytes_per_second, average_bytes_per_second, limit_bytes_per_second,
held_back_by and waited_seconds. Where 'mgc run' answers there are node and peers as well, with address,
phase, reason, server_state, wsrep_state, history, position and cluster_size; node has live, ready and
donor_ok too, and peers have heard, heard_seconds_ago and problem. All is in bytes and seconds; what is
unknown is null.

Examples:
  mgc status
  mgc status --watch                   until Ctrl-C
  mgc status --json | jq '.transfers[].percent'
  mgc status --watch --json            one object on a line each second

Exit codes: 0 shown; 1 standard output could not be written, or the budget file went away; 2 the command
line is wrong, or there is no budget file that could be opened; 128 + N --watch was ended by signal N
(but Ctrl-C is 0).)";

struct status_options {
  bool json = false;
  bool watch = false;
  std::string file;
  std::string run_directory;
};

// The other screen of a terminal, with the old one back at the end.
class other_screen {
 public:
  other_screen() { enter(); }
  other_screen(const other_screen&) = delete;
  ~other_screen() { leave(); }

  void draw(const transfers_status& status) const {
    winsize size{};
    const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0;
    const auto text = known ? status_screen(status, size.ws_col, size.ws_row) : status_screen(status, 80, 24);
    std::string frame = home;
    std::size_t line = 0;
    for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', line)) {
      // No line feed behind the last line: on the last row it would scroll.
      frame += fmt::format("{}{}{}", line == 0 ? "" : "\r\n", text.substr(line, end - line), clear_line);
      line = end + 1;
    }
    (void)print(frame + clear_below);
  }

  // Ctrl-Z.
  void stop() const {
    leave();
    ::raise(SIGSTOP);
    enter();
  }

 private:
  static constexpr auto home = "\033[H";
  static constexpr auto clear_line = "\033[K";
  static constexpr auto clear_below = "\033[J";

  static void enter() { (void)print("\033[?1049h\033[?25l"); }
  static void leave() { (void)print("\033[?25h\033[?1049l"); }
};

// Signals wait until somebody asks for them.
class signal_queue {
 public:
  signal_queue() {
    ::sigemptyset(&set_);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGTSTP}) {
      if (!shaper::is_ignored(number)) ::sigaddset(&set_, number);
    }
    ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }

  // The next one, or no_signal at `deadline`.
  int wait_until(clock::time_point deadline) const {
    for (;;) {
      const auto left =
          std::max<std::chrono::nanoseconds>(deadline - clock::now(), std::chrono::nanoseconds{0});
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
      const timespec time{seconds.count(), (left - seconds).count()};
      const int number = ::sigtimedwait(&set_, nullptr, &time);
      if (number > 0) return number;
      if (clock::now() >= deadline) return no_signal;
    }
  }

 private:
  sigset_t set_{};
};

// A budget that was removed and made anew has another page: it is opened for each look.
class node_view {
 public:
  node_view(std::string file, std::string run_directory)
      : file_{std::move(file)}, run_directory_{std::move(run_directory)}, sampler_{file_} {}

  shaper::result<transfers_status> look() {
    transfers_status status;
    if (!file_.empty()) {
      const auto budget = shared_budget::open(file_);
      if (!budget) return budget.error();
      status = sampler_.look((*budget)->transfers(), (*budget)->tokens().limit(),
                             {clock::now(), std::chrono::system_clock::now()});
    }
    ask_the_node(status);
    return status;
  }

 private:
  void ask_the_node(transfers_status& status) const {
    const auto answer = ask_locally(run_directory_, "/v1/status", "", answer_within);
    if (!answer) {
      if (!answer.error().nobody_listens) status.node_problem = answer.error().why;
      return;
    }
    auto node = parse_node_status(answer->body);
    if (node) {
      status.node = std::move(*node);
    } else {
      status.node_problem = "the answer of 'mgc run' cannot be read: " + node.error();
    }
  }

  std::string file_;
  std::string run_directory_;
  status_sampler sampler_;
};

int run_once(const status_options& options, node_view& view, const signal_queue& signals) {
  auto status = view.look();
  if (status && !status->transfers.empty()) {
    if (const int number = signals.wait_until(clock::now() + interval); number != no_signal)
      return 128 + number;
    status = view.look();
  }
  if (!status) return complain(wrong_usage, proxy::budget_problem(options.file, status.error()));
  return print(options.json ? status_json(*status) : status_text(*status));
}

// Until a signal, whose number is returned, or until something went wrong: then its exit code, negative.
int watch_lines(const status_options& options, node_view& view, const signal_queue& signals) {
  for (auto next = clock::now() + interval;; next += interval) {
    const int number = signals.wait_until(next);
    if (number == SIGTSTP) ::raise(SIGSTOP);
    if (number != no_signal && number != SIGTSTP) return number;
    const auto status = view.look();
    if (!status) {
      return -complain(failed_at_run_time, proxy::budget_problem(options.file, status.error()));
    }
    if (const int code = print(options.json ? status_json(*status) : status_text(*status) + "\n");
        code != 0) {
      return -code;
    }
    next = std::max(next, clock::now() - interval);  // a stopped process does not catch up
  }
}

using drawn =
    std::variant<int, shaper::error_code>;  // the signal that ended it, or why the budget could not be read

drawn watch_screen(node_view& view, const signal_queue& signals, transfers_status& last) {
  const other_screen screen;
  for (;;) {
    auto status = view.look();
    if (!status) return status.error();
    last = std::move(*status);
    screen.draw(last);
    const int number = signals.wait_until(clock::now() + interval);
    if (number == SIGTSTP) {
      screen.stop();
    } else if (number != no_signal) {
      return number;
    }
  }
}

int watch(const status_options& options, node_view& view, const signal_queue& signals) {
  if (const auto first = view.look(); !first) {
    return complain(wrong_usage, proxy::budget_problem(options.file, first.error()));
  }
  int signal = no_signal;
  if (!options.json && ::isatty(STDOUT_FILENO) == 1) {
    transfers_status last;
    const auto ended = watch_screen(view, signals, last);
    if (const auto* const failed = std::get_if<shaper::error_code>(&ended)) {
      return complain(failed_at_run_time, proxy::budget_problem(options.file, *failed));
    }
    signal = std::get<int>(ended);
    (void)print(status_text(last));
  } else {
    signal = watch_lines(options, view, signals);
    if (signal < 0) return -signal;
  }
  return signal == SIGINT ? 0 : 128 + signal;
}

int run(status_options options) {
  options.file =
      proxy::find_node_budget(options.file, configured_budget(options.file, options.run_directory));
  options.run_directory = find_run_directory(options.run_directory);
  node_view view{options.file, options.run_directory};
  if (options.file.empty() && !view.look()->node) {
    return complain(
        wrong_usage,
        "there is no budget file yet, so nothing was transferred since this machine started; if the file "
        "is elsewhere name it with --budget FILE");
  }
  const signal_queue signals;
  return options.watch ? watch(options, view, signals) : run_once(options, view, signals);
}

}  // namespace

int run_status(int argc, const char* const* argv) {
  shaper::set_up_process("mgc status");
  status_options options;
  CLI::App app{description, "mgc status"};
  app.footer(footer);
  app.add_flag("--json", options.json, "One JSON object instead of text")->disable_flag_override();
  app.add_flag("--watch", options.watch, "Again each second: a bar on a terminal, else lines")
      ->disable_flag_override();
  app.add_option("--budget", options.file, "The budget file, if it is not the node's own")->type_name("FILE");
  app.add_option("--run-dir", options.run_directory, "Where 'mgc run' has its socket")->type_name("DIR");
  try {
    app.parse(argc, argv);
    if (app.count("--budget") > 0 && options.file.empty()) {
      return complain(wrong_usage, "--budget is empty; give it a value or leave it out");
    }
    return run(options);
  } catch (const CLI::CallForHelp&) {
    return print(app.help());
  } catch (const CLI::ParseError& wrong) {
    return complain(wrong_usage, fmt::format("{}\nTry 'mgc status --help'.", wrong.what()));
  }
}

}  // namespace mgc::orchestrator
