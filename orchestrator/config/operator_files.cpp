#include "orchestrator/config/operator_files.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "orchestrator/config/variables.hpp"
#include "proxy/bad_setting.hpp"
#include "proxy/log_text.hpp"
#include "proxy/option_file_reader.hpp"
#include "proxy/setting_value.hpp"

namespace mgc::orchestrator {
namespace {

using proxy::for_log;

std::vector<proxy::option> read_files(const std::string& conf, std::vector<std::string>& problems) {
  std::vector<proxy::option> options;
  for (const auto* const name : {"server.cnf", "wsrep.cnf"}) {
    const auto path = conf + "/" + name;
    std::error_code ignored;
    if (name == std::string_view{"wsrep.cnf"} && !std::filesystem::exists(path, ignored)) continue;
    try {
      proxy::option_file_list list;
      list.defaults_file = path;
      auto files = proxy::read_option_files(list);
      options.insert(options.end(), files.options.begin(), files.options.end());
    } catch (const proxy::bad_setting& wrong) {
      problems.push_back(fmt::format("lock/global.lock is there, but {}", wrong.what()));
    }
  }
  return options;
}

}  // namespace

void use_operator_files(const user_options& user, node_settings& settings,
                        std::vector<std::string>& problems) {
  const auto& conf = settings.directories.conf;
  settings.operator_files = true;
  settings.option_file = settings.directories.run + "/operator.cnf";
  settings.warnings.push_back(
      fmt::format("{0}/server.cnf and {0}/wsrep.cnf are used as they are, because {1}/global.lock "
                  "is there",
                  conf, settings.directories.lock));
  for (const auto& [name, option] : user) {
    settings.warnings.push_back(
        fmt::format("{} has no effect, because global.lock is there", for_log(option.variable, 100)));
  }
  const auto options = read_files(conf, problems);
  settings.options.clear();
  for (const auto& o : options) {
    const auto name = server_spelling(o.name);
    settings.options.push_back({o.group, name, o.value.value_or(""),
                                fmt::format("{}, line {}", o.file, o.line), is_secret_name(name)});
  }
  const proxy::option_view server{options, proxy::server_groups(), ""};
  const auto port = server.find("port");
  const auto expected = fmt::format("{}", settings.ports.sql);
  if (port && port->value && *port->value != expected) {
    problems.push_back(fmt::format("{}: port={}, but my_port={}; make them the same", proxy::describe(*port),
                                   for_log(*port->value, 50), expected));
  }
  const auto datadir = server.find("datadir");
  if (!datadir || !datadir->value ||
      proxy::absolute_path(*datadir->value, "/") != settings.directories.data) {
    problems.push_back(fmt::format("{0}/server.cnf: it needs datadir={1}, which is my_datadir", conf,
                                   for_log(settings.directories.data, 300)));
  }
  if (const auto socket = server.find("socket"); socket && socket->value) {
    settings.socket = proxy::absolute_path(*socket->value, settings.directories.data);
  } else {
    problems.push_back(
        fmt::format("{}/server.cnf: it needs socket=PATH, by which mgc reaches the server", conf));
  }
}

void check_operator_files(const server_question& ask, node_settings& settings,
                          std::vector<std::string>& problems) {
  const auto& conf = settings.directories.conf;
  const auto answer = ask(fmt::format("!include {0}/server.cnf\n!include {0}/wsrep.cnf\n", conf));
  if (answer.code == 0) return;
  std::string said = answer.code < 0 ? answer.errors : "";
  for (const auto& line : logged(answer.errors, "ERROR")) said += (said.empty() ? "" : "; ") + line;
  problems.push_back(fmt::format("{} does not take {}/server.cnf and wsrep.cnf: {}", settings.server_program,
                                 conf,
                                 said.empty() ? fmt::format("it ends with code {}", answer.code) : said));
}

}  // namespace mgc::orchestrator
