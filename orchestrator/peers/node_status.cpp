#include "orchestrator/peers/node_status.hpp"

#include <boost/json.hpp>

#include "orchestrator/peers/report_json.hpp"

namespace mgc::orchestrator {
namespace {

namespace json = boost::json;

// Of this machine's own mgc, or of a peer's that was asked for it: as many reports as a cluster has nodes.
constexpr std::size_t most_status_bytes = std::size_t{8} * 1024 * 1024;

json::object to_object(const node_health& health) {
  return {
      {"live", health.live},
      {"ready", health.ready},
      {"donor_ok", health.donor_ok},
      {"phase", fit_for_json(health.phase, longest_word)},
      {"reason", fit_for_json(health.reason, longest_reason)},
  };
}

node_health read_health(json_reader in) {
  node_health health;
  in.read("live", health.live);
  in.read("ready", health.ready);
  in.read("donor_ok", health.donor_ok);
  in.read("phase", health.phase, longest_word);
  in.read("reason", health.reason, longest_reason);
  return health;
}

json::object to_object(const peer_status& peer) {
  return {
      {"node", peer.node},
      {"address", fit_for_json(peer.address, longest_word)},
      {"report", peer.report ? json::value(to_object(*peer.report)) : json::value(nullptr)},
      {"problem", fit_for_json(peer.problem, longest_reason)},
      {"age_seconds", peer.age ? json::value(peer.age->count()) : json::value(nullptr)},
  };
}

peer_status read_peer(json_reader in) {
  peer_status peer;
  in.read("node", peer.node);
  in.read("address", peer.address, longest_word);
  if (const auto report = in.optional_object("report")) peer.report = read_report(*report);
  in.read("problem", peer.problem, longest_reason);
  std::optional<std::chrono::seconds::rep> age;
  in.read("age_seconds", age);
  if (age) peer.age = std::chrono::seconds{*age};
  return peer;
}

node_status read_status(json_reader in) {
  node_status status;
  in.read("version", status.version, longest_word);
  in.read("address", status.address, longest_word);
  status.self = read_report(in.object("self"));
  status.health = read_health(in.object("health"));
  in.each("peers", most_nodes, [&](const auto& value, const auto& path) {
    status.peers.push_back(read_peer(in.element(value, path)));
  });
  return status;
}

}  // namespace

std::string to_json(const node_health& health) { return json::serialize(to_object(health)) + "\n"; }

std::string to_json(const node_status& status) {
  json::array peers;
  for (const auto& peer : status.peers) peers.emplace_back(to_object(peer));
  return json::serialize(json::object{
             {"version", fit_for_json(status.version, longest_word)},
             {"address", fit_for_json(status.address, longest_word)},
             {"self", to_object(status.self)},
             {"health", to_object(status.health)},
             {"peers", std::move(peers)},
         }) +
         "\n";
}

boost::system::result<node_health, std::string> parse_node_health(std::string_view text) {
  return read_json(text, most_status_bytes, read_health);
}

boost::system::result<node_status, std::string> parse_node_status(std::string_view text) {
  return read_json(text, most_status_bytes, read_status);
}

}  // namespace mgc::orchestrator
