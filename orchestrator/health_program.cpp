#include "orchestrator/health_program.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <string>

#include "orchestrator/peers/local_client.hpp"
#include "orchestrator/peers/node_status.hpp"
#include "proxy/log_text.hpp"
#include "shaper/command_line.hpp"
#include "shaper/process.hpp"

namespace mgc::orchestrator {
namespace {

using shaper::complain;

constexpr int not_so = 1;
constexpr std::chrono::seconds answer_within{5};

constexpr auto description = "Tells by its exit code how this node is, for health checks.";

constexpr auto footer = R"(
  live      'mgc run' runs, and its server does, or mgc waits on purpose (for other nodes, for an operator),
            or receives a state transfer: to be restarted only when this fails
  ready     the server is Synced in the Primary component: takes clients
  donor-ok  ready, or just giving its state to another node

'mgc run' is asked through DIR/mgc.sock, within 5 seconds; DIR is --run-dir, else $base_dir/run, else
/data/mariadb-galera/run. Only root and the user of 'mgc run' may ask.

Examples:
  mgc health live
  HEALTHCHECK --interval=10s CMD mgc health live

Exit codes: 0 it is; 1 it is not, or 'mgc run' did not answer; 2 the command line is wrong.)";

bool is_so(const std::string& what, const node_health& health) {
  if (what == "live") return health.live;
  return what == "ready" ? health.ready : health.donor_ok;
}

int check(const std::string& what, const std::string& run_directory) {
  const auto answer = ask_locally(find_run_directory(run_directory), "/healthz", "", answer_within);
  if (!answer) return complain(not_so, answer.error().why);
  const auto health = parse_node_health(answer->body);
  if (!health) return complain(not_so, "the answer of 'mgc run' cannot be read: " + health.error());
  const bool good = is_so(what, *health);
  const auto reason = health->reason.empty() ? "" : ": " + proxy::for_log(health->reason);
  const int printed = shaper::print(
      fmt::format("{}{}: {}{}\n", good ? "" : "not ", what, proxy::for_log(health->phase), reason));
  return good ? printed : not_so;
}

}  // namespace

int run_health(int argc, const char* const* argv) {
  shaper::set_up_process("mgc health");
  std::string what;
  std::string run_directory;
  CLI::App app{description, "mgc health"};
  app.footer(footer);
  app.add_option("WHAT", what, "live, ready or donor-ok")->required()->type_name("");
  app.add_option("--run-dir", run_directory, "Where 'mgc run' has its socket")->type_name("DIR");
  try {
    shaper::parse(app, argc, argv);
    what = shaper::choose<std::string>("WHAT", what,
                                       {{"live", "live"}, {"ready", "ready"}, {"donor-ok", "donor-ok"}});
  } catch (...) {
    return shaper::leave(shaper::to_early_exit(app));
  }
  return check(what, run_directory);
}

}  // namespace mgc::orchestrator
