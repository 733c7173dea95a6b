// The one binary. Its name says which program it is: mgc, mgc-shaper (the same as `mgc shaper`), the names under which
// mariadbd starts a state transfer, and the one that rsync starts during it.

#include <array>
#include <string>
#include <string_view>

#include "orchestrator/bootstrap_program.hpp"
#include "orchestrator/config_program.hpp"
#include "orchestrator/deploy_program.hpp"
#include "orchestrator/health_program.hpp"
#include "orchestrator/limit_program.hpp"
#include "orchestrator/run_program.hpp"
#include "orchestrator/status_program.hpp"
#include "proxy/ist_relay_program.hpp"
#include "proxy/rsync_door.hpp"
#include "proxy/sst_program.hpp"
#include "shaper/process.hpp"
#include "shaper/program.hpp"
#include "shaper/stderr_line.hpp"
#include "shaper/version.hpp"

namespace {

struct command {
  std::string_view name;
  std::string_view what;
  int (*run)(int argc, const char* const* argv);  // argv[0] is the command's name
};

constexpr std::array commands{
    command{"run", "form or join a Galera cluster and keep this node's server in it",
            mgc::orchestrator::run_node},
    command{"config", "what 'mgc run' would do with this environment, or what is wrong with it",
            mgc::orchestrator::run_config},
    command{"status", "this node, its peers, every running transfer: rate, percent, ETA, what holds it back",
            mgc::orchestrator::run_status},
    command{"limit", "show or change the limit of all running and future transfers of this node",
            mgc::orchestrator::run_limit},
    command{"health", "exit code for health checks: live, ready or donor-ok", mgc::orchestrator::run_health},
    command{"bootstrap", "found the cluster with this node's data, whatever the others have",
            mgc::orchestrator::run_bootstrap},
    command{"deploy", "make a cluster's containers on all its hosts, over the Docker Engine API",
            mgc::orchestrator::run_deploy},
    command{"ist-relay", "receive Galera's incremental state transfers (IST) at a limited rate",
            mgc::proxy::run_ist_relay},
    command{"shaper", "move bytes at an exact, even rate (the same as mgc-shaper)", mgc::shaper::run_program},
};

std::string usage() {
  std::string text =
      "Usage: mgc COMMAND OPTIONS\n"
      "       mgc --version\n"
      "\n";
  for (const auto& known : commands) {
    text += "  " + std::string{known.name} + std::string(10 - known.name.size(), ' ') +
            std::string{known.what} + "\n";
  }
  return text + "\n'mgc COMMAND --help' tells the options, with units and examples.\n";
}

}  // namespace

int main(int argc, char** argv) {
  std::string_view name = argc > 0 ? argv[0] : "mgc";
  if (const auto slash = name.rfind('/'); slash != std::string_view::npos) name.remove_prefix(slash + 1);
  if (name == "mgc-shaper") return mgc::shaper::run_program(argc, argv);
  if (name == "wsrep_sst_mgc_mariabackup")
    return mgc::proxy::run_sst(mgc::proxy::sst_method::mariabackup, argc, argv);
  if (name == "wsrep_sst_mgc_rsync") return mgc::proxy::run_sst(mgc::proxy::sst_method::rsync, argc, argv);
  if (name == mgc::proxy::rsync_door_name) return mgc::proxy::run_rsync_door(argc, argv);
  const std::string_view wanted = argc > 1 ? argv[1] : "";
  for (const auto& known : commands) {
    if (wanted == known.name) return known.run(argc - 1, argv + 1);
  }
  mgc::shaper::set_up_process("mgc");
  if (wanted == "--version") return mgc::shaper::print(mgc::version_text("mgc") + "\n");
  if (wanted == "--help" || wanted == "-h") return mgc::shaper::print(usage());
  if (!wanted.empty())
    mgc::shaper::write_to_stderr("mgc: '" + std::string{wanted} + "' is not a command of mgc\n");
  mgc::shaper::write_to_stderr(usage());
  return 2;
}
