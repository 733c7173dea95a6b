// The journal as JSON. Version 1; a file of another version, or one that is damaged, is refused: guessing what was promised
// is what the journal is there to prevent.

#include <boost/json.hpp>
#include <exception>

#include "orchestrator/election/journal.hpp"

namespace mgc::orchestrator {
namespace {

namespace json = boost::json;

constexpr std::int64_t version = 1;

json::object to_json(const ballot& what) {
  return {{"id", what.id}, {"candidate", what.candidate}, {"memory", what.memory}, {"epoch", what.epoch}};
}

ballot to_ballot(const json::value& value) {
  return {json::value_to<std::string>(value.at("id")), json::value_to<node_number>(value.at("candidate")),
          json::value_to<std::string>(value.at("memory")), json::value_to<std::uint64_t>(value.at("epoch"))};
}

json::array to_json(const companions_by_memory& nodes) {
  json::array array;
  for (const auto& [node, identity] : nodes)
    array.push_back(json::object{{"node", node}, {"memory", identity}});
  return array;
}

companions_by_memory to_nodes(const json::value& value) {
  companions_by_memory nodes;
  for (const auto& one : value.as_array())
    nodes[json::value_to<node_number>(one.at("node"))] = json::value_to<std::string>(one.at("memory"));
  return nodes;
}

json::object to_json(const recorded_view& view) {
  return {{"me", view.me},
          {"members", json::value_from(view.members)},
          {"number", view.number},
          {"epoch", view.epoch},
          {"applied", view.applied}};
}

recorded_view to_view(const json::value& value) {
  return {json::value_to<std::string>(value.at("me")),
          json::value_to<std::vector<std::string>>(value.at("members")),
          json::value_to<std::uint64_t>(value.at("number")), json::value_to<std::uint64_t>(value.at("epoch")),
          value.at("applied").as_bool()};
}

template <class Value>
json::value or_null(const std::optional<Value>& value) {
  return value ? json::value(to_json(*value)) : json::value(nullptr);
}

journal to_journal(const json::value& value) {
  journal read;
  read.memory = json::value_to<std::string>(value.at("memory"));
  read.history = json::value_to<std::string>(value.at("history"));
  for (const auto& opened : value.at("epochs").as_array()) {
    read.epochs.push_back({json::value_to<std::uint64_t>(opened.at("number")),
                           json::value_to<std::string>(opened.at("ballot")),
                           json::value_to<seqno>(opened.at("began_at"))});
  }
  read.noted_at = json::value_to<seqno>(value.at("noted_at"));
  read.companions = to_nodes(value.at("companions"));
  read.expected = to_nodes(value.at("expected"));
  for (const auto& pledge : value.at("pledges").as_array()) read.pledges.push_back(to_ballot(pledge));
  if (const auto& campaign = value.at("campaign"); !campaign.is_null()) read.campaign = to_ballot(campaign);
  read.bootstrapping = value.at("bootstrapping").as_bool();
  read.bootstrapped_at = json::value_to<seqno>(value.at("bootstrapped_at"));
  read.wrote_safe = value.at("wrote_safe").as_bool();
  read.untouched = value.at("untouched").as_bool();
  read.uncertain = value.at("uncertain").as_bool();
  read.joining = json::value_to<std::uint64_t>(value.at("joining"));
  if (const auto& view = value.at("view"); !view.is_null()) read.view = to_view(view);
  if (const auto& view = value.at("applied_view"); !view.is_null()) read.applied = to_view(view);
  read.view_position = json::value_to<seqno>(value.at("view_position"));
  return read;
}

}  // namespace

std::string to_text(const journal& what) {
  json::array epochs;
  for (const auto& opened : what.epochs) {
    epochs.push_back(
        json::object{{"number", opened.number}, {"ballot", opened.ballot}, {"began_at", opened.began_at}});
  }
  json::array pledges;
  for (const auto& pledge : what.pledges) pledges.push_back(to_json(pledge));
  const json::object object{{"version", version},
                            {"memory", what.memory},
                            {"history", what.history},
                            {"epochs", std::move(epochs)},
                            {"noted_at", what.noted_at},
                            {"companions", to_json(what.companions)},
                            {"expected", to_json(what.expected)},
                            {"pledges", std::move(pledges)},
                            {"campaign", or_null(what.campaign)},
                            {"bootstrapping", what.bootstrapping},
                            {"bootstrapped_at", what.bootstrapped_at},
                            {"wrote_safe", what.wrote_safe},
                            {"untouched", what.untouched},
                            {"uncertain", what.uncertain},
                            {"joining", what.joining},
                            {"view", or_null(what.view)},
                            {"view_position", what.view_position},
                            {"applied_view", or_null(what.applied)}};
  return json::serialize(object) + "\n";
}

boost::system::result<journal, journal_problem> parse_journal(std::string_view text) {
  boost::system::error_code malformed;
  const auto value = json::parse({text.data(), text.size()}, malformed);
  if (malformed) return journal_problem{"is not JSON: " + malformed.message()};
  try {
    if (json::value_to<std::int64_t>(value.at("version")) != version)
      return journal_problem{"is of another version of mgc"};
    auto read = to_journal(value);
    if (read.memory.empty() || (read.bootstrapping && !read.campaign))
      return journal_problem{"contradicts itself"};
    return read;
  } catch (const std::exception& wrong) {
    return journal_problem{std::string{"lacks something, or has it in another form: "} + wrong.what()};
  }
}

}  // namespace mgc::orchestrator
