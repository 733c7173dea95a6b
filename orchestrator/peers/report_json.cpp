#include "orchestrator/peers/report_json.hpp"

namespace mgc::orchestrator {
namespace {

namespace json = boost::json;

std::string fit_id(std::string_view text) { return fit_for_json(text, longest_id); }
std::string fit_word(std::string_view text) { return fit_for_json(text, longest_word); }

template <class Values, class Write>
json::array to_array(const Values& values, Write write) {
  json::array list;
  for (const auto& value : values) list.emplace_back(write(value));
  return list;
}

json::value to_value(const std::optional<ballot>& what) {
  return what ? json::value(to_object(*what)) : json::value(nullptr);
}

json::value to_value(const std::optional<recorded_view>& view) {
  if (!view) return nullptr;
  return json::object{
      {"me", fit_id(view->me)},   {"members", to_array(view->members, fit_id)},
      {"number", view->number},   {"epoch", view->epoch},
      {"applied", view->applied},
  };
}

recorded_view read_view(json_reader in) {
  recorded_view view;
  in.read("me", view.me, longest_id);
  in.each("members", most_nodes, [&](const auto& value, const auto& path) {
    in.element(value, path, view.members.emplace_back(), longest_id);
  });
  in.read("number", view.number);
  in.read("epoch", view.epoch);
  in.read("applied", view.applied);
  return view;
}

json::object to_object(const local_data& data) {
  return {
      {"kind", name_in(data_kinds, data.kind)},
      {"history", fit_id(data.history)},
      {"position", data.position},
      {"last_one", data.last_one},
      {"view", to_value(data.view)},
  };
}

local_data read_data(json_reader in) {
  local_data data;
  in.read("kind", data.kind, data_kinds);
  in.read("history", data.history, longest_id);
  in.read("position", data.position, no_seqno);
  in.read("last_one", data.last_one);
  if (const auto view = in.optional_object("view")) data.view = read_view(*view);
  return data;
}

json::object to_object(const epoch& what) {
  return {{"number", what.number}, {"ballot", fit_id(what.ballot)}, {"began_at", what.began_at}};
}

epoch read_epoch(json_reader in) {
  epoch what;
  in.read("number", what.number);
  in.read("ballot", what.ballot, longest_id);
  in.read("began_at", what.began_at, no_seqno);
  return what;
}

}  // namespace

json::object to_object(const ballot& what) {
  return {
      {"id", fit_id(what.id)},
      {"candidate", what.candidate},
      {"memory", fit_id(what.memory)},
      {"epoch", what.epoch},
  };
}

ballot read_ballot(json_reader in) {
  ballot what;
  in.read("id", what.id, longest_id);
  in.read("candidate", what.candidate);
  in.read("memory", what.memory, longest_id);
  in.read("epoch", what.epoch);
  return what;
}

json::object to_object(const node_report& report) {
  return {
      {"node", report.node},
      {"run", fit_id(report.run)},
      {"nodes", to_array(report.nodes, fit_word)},
      {"cluster_name", fit_word(report.cluster_name)},
      {"server", name_in(server_states, report.server)},
      {"data", to_object(report.data)},
      {"epochs", to_array(report.epochs, [](const epoch& one) { return to_object(one); })},
      {"noted_at", report.noted_at},
      {"newest_epoch", report.newest_epoch},
      {"companions", to_array(report.companions,
                              [](const auto& one) {
                                return json::object{{"node", one.first}, {"memory", fit_id(one.second)}};
                              })},
      {"untouched", report.untouched},
      {"caught_up", report.caught_up},
      {"members", to_array(report.members, fit_word)},
      {"pledges", to_array(report.pledges, [](const ballot& one) { return to_object(one); })},
      {"memory", fit_id(report.memory)},
      {"campaign", to_value(report.campaign)},
      {"phase", fit_word(report.phase)},
      {"reason", fit_for_json(report.reason, longest_reason)},
      {"server_version", fit_word(report.server_version)},
      {"wsrep_state", fit_word(report.wsrep_state)},
      {"cluster_size", report.cluster_size},
  };
}

node_report read_report(json_reader in) {
  node_report report;
  in.read("node", report.node);
  in.read("run", report.run, longest_id);
  in.each("nodes", most_nodes, [&](const auto& value, const auto& path) {
    in.element(value, path, report.nodes.emplace_back(), longest_word);
  });
  in.read("cluster_name", report.cluster_name, longest_word);
  in.read("server", report.server, server_states);
  report.data = read_data(in.object("data"));
  in.each("epochs", longest_lineage, [&](const auto& value, const auto& path) {
    report.epochs.push_back(read_epoch(in.element(value, path)));
  });
  in.read("noted_at", report.noted_at, no_seqno);
  in.read("newest_epoch", report.newest_epoch);
  in.each("companions", most_nodes, [&](const auto& value, const auto& path) {
    auto one = in.element(value, path);
    node_number node = 0;
    std::string identity;
    one.read("node", node);
    one.read("memory", identity, longest_id);
    report.companions.emplace(node, std::move(identity));
  });
  in.read("untouched", report.untouched);
  in.read("caught_up", report.caught_up);
  in.each_if_there("members", most_nodes, [&](const auto& value, const auto& path) {
    in.element(value, path, report.members.emplace_back(), longest_word);
  });
  in.each("pledges", most_nodes, [&](const auto& value, const auto& path) {
    report.pledges.push_back(read_ballot(in.element(value, path)));
  });
  in.read("memory", report.memory, longest_id);
  if (const auto campaign = in.optional_object("campaign")) report.campaign = read_ballot(*campaign);
  in.read("phase", report.phase, longest_word);
  in.read("reason", report.reason, longest_reason);
  in.read("server_version", report.server_version, longest_word);
  in.read("wsrep_state", report.wsrep_state, longest_word);
  in.read("cluster_size", report.cluster_size);
  return report;
}

}  // namespace mgc::orchestrator
