#include "orchestrator/limit_program.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>

#include "orchestrator/budget_choice.hpp"
#include "proxy/node_budget.hpp"
#include "shaper/process.hpp"

namespace mgc::orchestrator {
namespace {

namespace errc = boost::system::errc;
using shaper::complain;
using shaper::failed_at_run_time;
using shaper::print;
using shaper::rate;
using shaper::shared_budget;
using shaper::wrong_usage;

constexpr auto description =
    "Shows or changes the limit of all running and future transfers of this node, at once.";

constexpr auto footer = R"(
RATE is in KB/s (1 KB is 1024 bytes): 6000, 6000k, 50M, 400mbit; 'unlimited' lifts the limit, 'pause'
stops every transfer until the next change. Without RATE the present limit is shown.

The limit lives in the node's budget file: FILE, else that of the 'mgc run' whose run directory is DIR
($base_dir/run, else /data/mariadb-galera/run), else what transfer_budget in [mgc] of the option files
names, else /run/mgc/budget or /run/mysqld/mgc.budget. If there is none yet it is made, so
that a limit can be set before the first transfer.

Examples:
  mgc limit                            show it
  mgc limit 6000                       6000 KB/s from now on
  mgc limit pause                      stop, and go on with: mgc limit 6000
  mgc limit 400mbit --budget /run/mgc/budget

Exit codes: 0 shown or changed; 1 it could not be changed; 2 the command line is wrong, or there is no
budget file that could be opened.)";

int show(const std::string& file) {
  if (file.empty()) {
    return complain(wrong_usage,
                    "there is no budget file yet; 'mgc limit RATE' makes one, or name it with --budget FILE");
  }
  const auto budget = shared_budget::open(file);
  if (!budget) return complain(wrong_usage, proxy::budget_problem(file, budget.error()));
  return print(fmt::format("{}: {}\n", file, to_string((*budget)->tokens().limit())));
}

int change(const std::string& file, rate limit) {
  if (file.empty()) {
    return complain(
        wrong_usage,
        "there is no place for a budget file: neither /run/mgc nor /run/mysqld exists; make one of them "
        "for the server's user, or name a file with --budget FILE");
  }
  auto budget = shared_budget::open(file);
  const bool is_new = !budget && budget.error() == errc::no_such_file_or_directory;
  if (is_new) budget = proxy::open_or_create_owned(file, limit);
  if (!budget) return complain(wrong_usage, proxy::budget_problem(file, budget.error()));
  const auto before = (*budget)->tokens().limit();
  if (const auto failed = (*budget)->set_limit(limit)) {
    return complain(failed_at_run_time, proxy::budget_problem(file, failed));
  }
  return print(fmt::format("{}: {} -> {}\n", file, is_new ? "new" : to_string(before), to_string(limit)));
}

int choose(const std::string& wanted, const std::string& named, const std::string& run_directory) {
  const auto configured = configured_budget(named, run_directory);
  if (wanted.empty()) return show(proxy::find_node_budget(named, configured));
  const auto limit = wanted == "pause" ? rate::paused() : shaper::parse_rate(wanted);
  if (!limit) return complain(wrong_usage, fmt::format("'{}': {}", wanted, limit.error().message()));
  return change(proxy::place_for_node_budget(named, configured), *limit);
}

}  // namespace

int run_limit(int argc, const char* const* argv) {
  shaper::set_up_process("mgc limit");
  std::string wanted;
  std::string named;
  std::string run_directory;
  CLI::App app{description, "mgc limit"};
  app.footer(footer);
  app.add_option("RATE", wanted, "The new limit: KB/s, 'unlimited' or 'pause'")->type_name("");
  app.add_option("--budget", named, "The budget file, if it is not the node's own")->type_name("FILE");
  app.add_option("--run-dir", run_directory, "The run directory of the 'mgc run' that is meant")
      ->type_name("DIR");
  try {
    app.parse(argc, argv);
    for (const auto* const option : {"RATE", "--budget", "--run-dir"}) {
      if (app.count(option) > 0 && app[option]->as<std::string>().empty()) {
        return complain(wrong_usage, fmt::format("{} is empty; give it a value or leave it out", option));
      }
    }
    return choose(wanted, named, run_directory);
  } catch (const CLI::CallForHelp&) {
    return print(app.help());
  } catch (const CLI::ParseError& wrong) {
    return complain(wrong_usage, fmt::format("{}\nTry 'mgc limit --help'.", wrong.what()));
  }
}

}  // namespace mgc::orchestrator
