#include "orchestrator/peers/peer_codec.hpp"

#include <boost/json.hpp>

#include "orchestrator/peers/report_json.hpp"
#include "shaper/overloaded.hpp"

namespace mgc::orchestrator {
namespace {

namespace json = boost::json;

json::object to_object(const canvass& asked) {
  return {
      {"what", to_object(asked.what)}, {"history", fit_for_json(asked.history, longest_id)},
      {"position", asked.position},    {"kind", name_in(data_kinds, asked.kind)},
      {"running", asked.running},      {"forced", asked.forced},
  };
}

canvass read_canvass(json_reader in) {
  canvass asked;
  asked.what = read_ballot(in.object("what"));
  in.read("history", asked.history, longest_id);
  in.read("position", asked.position, no_seqno);
  in.read("kind", asked.kind, data_kinds);
  in.read("running", asked.running);
  in.read("forced", asked.forced);
  return asked;
}

announce read_announce(json_reader in) {
  announce one;
  in.read("node", one.node);
  in.read("memory", one.memory, longest_id);
  return one;
}

peer_request read_request(json_reader in) {
  if (const auto asked = in.optional_object("canvass")) return read_canvass(*asked);
  if (auto asked = in.optional_object("confirm")) return confirm{read_ballot(asked->object("what"))};
  if (auto asked = in.optional_object("withdraw")) return withdraw{read_ballot(asked->object("what"))};
  if (const auto asked = in.optional_object("announce")) return read_announce(*asked);
  in.complain("", "is no request that this version knows: canvass, confirm, withdraw or announce");
  return {};
}

peer_answer read_answer(json_reader in) {
  peer_answer answer;
  in.read("agreed", answer.agreed);
  in.read("why", answer.why, longest_reason);
  answer.report = read_report(in.object("report"));
  return answer;
}

}  // namespace

std::string to_json(const node_report& report) { return json::serialize(to_object(report)); }

std::string to_json(const peer_request& request) {
  const auto object = std::visit(
      shaper::overloaded{
          [](const canvass& asked) {
            return json::object{{"canvass", to_object(asked)}};
          },
          [](const confirm& asked) {
            return json::object{{"confirm", json::object{{"what", to_object(asked.what)}}}};
          },
          [](const withdraw& asked) {
            return json::object{{"withdraw", json::object{{"what", to_object(asked.what)}}}};
          },
          [](const announce& one) {
            return json::object{{"announce", json::object{{"node", one.node},
                                                          {"memory", fit_for_json(one.memory, longest_id)}}}};
          },
      },
      request);
  return json::serialize(object);
}

std::string to_json(const peer_answer& answer) {
  return json::serialize(json::object{
      {"agreed", answer.agreed},
      {"why", fit_for_json(answer.why, longest_reason)},
      {"report", to_object(answer.report)},
  });
}

parsed<node_report> parse_node_report(std::string_view text) {
  return read_json(text, most_message_bytes, read_report);
}
parsed<peer_request> parse_peer_request(std::string_view text) {
  return read_json(text, most_message_bytes, read_request);
}
parsed<peer_answer> parse_peer_answer(std::string_view text) {
  return read_json(text, most_message_bytes, read_answer);
}

std::string_view to_string(server_state state) { return name_in(server_states, state); }
std::string_view to_string(data_kind kind) { return name_in(data_kinds, kind); }

}  // namespace mgc::orchestrator
