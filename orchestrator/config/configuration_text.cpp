#include "orchestrator/config/configuration_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "proxy/log_text.hpp"

namespace mgc::orchestrator {
namespace {

constexpr std::string_view hidden = "(set)";

std::string_view word_for(cluster_mode mode) {
  switch (mode) {
    case cluster_mode::cluster: return "cluster";
    case cluster_mode::single: return "single";
    case cluster_mode::plain: return "plain";
  }
  return "";
}

std::string line(std::string_view name, std::string_view value, std::string_view origin) {
  return fmt::format("  {:<34} {}  # {}\n", name, proxy::for_log(value, 2000), proxy::for_log(origin, 300));
}

std::string_view shown(const server_option& o) { return o.is_secret ? hidden : std::string_view{o.value}; }

boost::json::object json_value(std::string_view name, std::string_view value, std::string_view origin) {
  return {{"name", name}, {"value", value}, {"origin", origin}};
}

}  // namespace

std::string configuration_text(const node_settings& settings) {
  auto text =
      fmt::format("This node\n  {} of {}, at {}\n  ports: clients {}, group {}, IST {}, SST {}, peers {}\n",
                  settings.self != 0 ? fmt::format("node{}", settings.self) : "no configured node",
                  word_for(settings.mode), settings.address, settings.ports.sql, settings.ports.group,
                  settings.ports.ist, settings.ports.sst, settings.ports.peer);
  text += "\nVariables\n";
  for (const auto& v : settings.variables) text += line(v.name, v.value, v.origin);
  text += fmt::format("\nOptions of the server, {}\n",
                      settings.operator_files ? "from the operator's files" : "in " + settings.option_file);
  std::string group;
  for (const auto& o : settings.options) {
    if (o.group != group) text += fmt::format("  [{}]\n", o.group);
    group = o.group;
    text += line(o.name, shown(o), o.origin);
  }
  if (!settings.warnings.empty()) text += "\nWarnings\n";
  for (const auto& warning : settings.warnings) text += "  " + warning + "\n";
  return text;
}

std::string configuration_json(const node_settings& settings) {
  boost::json::array nodes;
  for (const auto& n : settings.nodes) {
    nodes.push_back(boost::json::object{{"number", n.number}, {"given", n.given}, {"address", n.address}});
  }
  boost::json::array variables;
  for (const auto& v : settings.variables) variables.push_back(json_value(v.name, v.value, v.origin));
  boost::json::array options;
  for (const auto& o : settings.options) {
    auto one = json_value(o.name, shown(o), o.origin);
    one["group"] = o.group;
    options.push_back(std::move(one));
  }
  const auto& ports = settings.ports;
  const boost::json::object whole{
      {"mode", word_for(settings.mode)},
      {"cluster_name", settings.cluster_name},
      {"self", settings.self},
      {"address", settings.address},
      {"nodes", std::move(nodes)},
      {"join_addresses", boost::json::array(settings.join_addresses.begin(), settings.join_addresses.end())},
      {"ports",
       {{"sql", ports.sql},
        {"group", ports.group},
        {"ist", ports.ist},
        {"sst", ports.sst},
        {"peer", ports.peer}}},
      {"option_file", settings.option_file},
      {"variables", std::move(variables)},
      {"options", std::move(options)},
      {"warnings", boost::json::array(settings.warnings.begin(), settings.warnings.end())}};
  return boost::json::serialize(whole) + "\n";
}

}  // namespace mgc::orchestrator
