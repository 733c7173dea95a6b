#include "orchestrator/config_program.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <string>

#include "orchestrator/config/configuration_text.hpp"
#include "orchestrator/config/load_node_settings.hpp"
#include "orchestrator/config/variables.hpp"
#include "shaper/process.hpp"

namespace mgc::orchestrator {
namespace {

constexpr auto description =
    "Shows what 'mgc run' would do with this environment: every value and where it comes from, or everything "
    "that\n"
    "is wrong. Touches nothing.";

std::string footer() {
  return "\nEnvironment variables:\n" + variables_help() +
         R"(
conf/custom.cfg, and initdb.d/*.env after it, have lines KEY=VALUE, export KEY=VALUE and unset KEY, which go
before the environment. Nothing in it is executed or expanded. What is given goes before what mgc computes.

Exit codes: 0 the configuration is good; 2 it cannot be used, or the command line is wrong.)";
}

int refuse(const bad_configuration& wrong, bool json) {
  if (json) {
    const auto& problems = wrong.problems();
    const boost::json::object whole{{"problems", boost::json::array(problems.begin(), problems.end())}};
    shaper::print(boost::json::serialize(whole) + "\n");
    return shaper::wrong_usage;
  }
  for (const auto& problem : wrong.problems()) shaper::complain(shaper::wrong_usage, problem);
  return shaper::wrong_usage;
}

int show(bool check, bool json) {
  try {
    const auto settings = load_node_settings(read_environment());
    if (json) return shaper::print(configuration_json(settings));
    if (!check) return shaper::print(configuration_text(settings));
    for (const auto& warning : settings.warnings) shaper::complain(0, "warning: " + warning);
    return shaper::print("the configuration is good\n");
  } catch (const bad_configuration& wrong) {
    return refuse(wrong, json);
  }
}

}  // namespace

int run_config(int argc, const char* const* argv) {
  shaper::set_up_process("mgc config");
  bool check = false;
  bool json = false;
  CLI::App app{description, "mgc config"};
  app.footer(footer());
  app.add_flag("--check", check, "Only what is wrong or worth a warning, on standard error");
  app.add_flag("--json", json, "One JSON object, for programs");
  try {
    app.parse(argc, argv);
    return show(check, json);
  } catch (const CLI::CallForHelp&) {
    return shaper::print(app.help());
  } catch (const CLI::ParseError& wrong) {
    return shaper::complain(shaper::wrong_usage, fmt::format("{}\nTry 'mgc config --help'.", wrong.what()));
  }
}

}  // namespace mgc::orchestrator
