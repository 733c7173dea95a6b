#include "orchestrator/bootstrap_program.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <iostream>
#include <string>

#include "orchestrator/peers/admin_answer.hpp"
#include "orchestrator/peers/local_client.hpp"
#include "proxy/log_text.hpp"
#include "shaper/command_line.hpp"
#include "shaper/process.hpp"

namespace mgc::orchestrator {
namespace {

using shaper::complain;
using shaper::failed_at_run_time;
using shaper::print;
using shaper::wrong_usage;

constexpr std::chrono::seconds answer_within{60};

constexpr auto description =
    "Founds the cluster with this node's data, without the proof that no other node has newer data.";

constexpr auto footer = R"(
For a cluster that waits for nodes which will never come back: start mgc on all that are left, look at
'mgc status' on each, and give this order on the one with the highest position, on no other. Transactions
that only the missing nodes have are lost, and a missing node that comes back with them will not join.

Without --force it shows what would be, and what may be lost; nothing is changed. With --force it shows the
same, asks on a terminal, and does it. Without a terminal --yes is needed.

'mgc run' is asked through DIR/mgc.sock; DIR is --run-dir, else $base_dir/run, else
/data/mariadb-galera/run. Only root and the user of 'mgc run' may ask.

Examples:
  mgc bootstrap                        show what may be lost
  mgc bootstrap --force
  mgc bootstrap --force --yes          from a script

Exit codes: 0 shown, or ordered; 1 it was refused or not confirmed, or 'mgc run' did not answer; 2 the
command line is wrong.)";

struct bootstrap_options {
  bool force = false;
  bool yes = false;
  std::string run_directory;
};

boost::system::result<admin_answer, std::string> ask(const std::string& run_directory, bool really) {
  using boost::system::in_place_error;
  const auto* const body = really ? R"({"really":true})" : R"({"really":false})";
  const auto answer = ask_locally(run_directory, "/v1/admin/bootstrap", body, answer_within);
  if (!answer) return {in_place_error, answer.error().why};
  if (answer->status != 200) return {in_place_error, "'mgc run' failed: " + proxy::for_log(answer->body)};
  return parse_admin_answer(answer->body);
}

// Line by line, so that nothing in it drives a terminal.
std::string shown(const std::string& text) {
  std::string lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    lines += proxy::for_log(std::string_view{text}.substr(begin, end - begin), 4096) + "\n";
    begin = end + 1;
  }
  return lines;
}

bool is_confirmed() {
  (void)print("Bootstrap here? Type yes: ");
  std::string word;
  std::getline(std::cin, word);
  return word == "yes";
}

int order(const std::string& run_directory) {
  const auto done = ask(run_directory, true);
  if (!done) return complain(failed_at_run_time, done.error());
  return done->agreed ? print("Ordered; 'mgc status' and the log of 'mgc run' tell what comes of it\n")
                      : complain(failed_at_run_time, done->text);
}

int run(const bootstrap_options& options) {
  if (options.yes && !options.force) return complain(wrong_usage, "--yes means nothing without --force");
  const bool can_ask = ::isatty(STDIN_FILENO) == 1;
  if (options.force && !options.yes && !can_ask) {
    return complain(wrong_usage, "standard input is no terminal to ask at; if you are sure, add --yes");
  }
  const auto run_directory = find_run_directory(options.run_directory);
  const auto preview = ask(run_directory, false);
  if (!preview) return complain(failed_at_run_time, preview.error());
  const int printed = print(shown(preview->text));
  if (!preview->agreed) return failed_at_run_time;
  if (!options.force) {
    return printed != 0 ? printed : print("Nothing was done. To do it: mgc bootstrap --force\n");
  }
  if (!options.yes && !is_confirmed()) return complain(failed_at_run_time, "not confirmed; nothing was done");
  return order(run_directory);
}

}  // namespace

int run_bootstrap(int argc, const char* const* argv) {
  shaper::set_up_process("mgc bootstrap");
  bootstrap_options options;
  CLI::App app{description, "mgc bootstrap"};
  app.footer(footer);
  app.add_flag("--force", options.force, "Do it")->disable_flag_override();
  app.add_flag("--yes", options.yes, "Do not ask first")->disable_flag_override();
  app.add_option("--run-dir", options.run_directory, "Where 'mgc run' has its socket")->type_name("DIR");
  try {
    shaper::parse(app, argc, argv);
  } catch (...) {
    return shaper::leave(shaper::to_early_exit(app));
  }
  return run(options);
}

}  // namespace mgc::orchestrator
