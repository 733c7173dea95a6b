#include "orchestrator/node_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "orchestrator/peers/peer_codec.hpp"

namespace mgc::orchestrator {
namespace {

namespace json = boost::json;

using row = std::array<std::string, 7>;

std::string or_dash(std::string text) { return text.empty() ? "-" : std::move(text); }

std::string position_text(const local_data& data) {
  if (data.history.empty()) return std::string{to_string(data.kind)};
  return fmt::format("{}:{}", data.history, data.position == no_seqno ? "?" : std::to_string(data.position));
}

std::string server_text(const node_report& report) {
  auto text = std::string{to_string(report.server)};
  if (!report.wsrep_state.empty()) text += fmt::format(" ({})", report.wsrep_state);
  return text;
}

std::string heard_text(const peer_status& peer) {
  if (!peer.age) return peer.report ? "yes" : "never";
  return peer.report ? fmt::format("{} s ago", peer.age->count())
                     : fmt::format("no, {} s ago", peer.age->count());
}

row row_of(const peer_status& peer) {
  const auto name = fmt::format("node{}", peer.node);
  if (!peer.report) return {name, peer.address, heard_text(peer), "-", "-", "-", or_dash(peer.problem)};
  const auto& report = *peer.report;
  return {name,
          peer.address,
          heard_text(peer),
          or_dash(report.phase),
          server_text(report),
          position_text(report.data),
          or_dash(report.reason)};
}

std::vector<std::string> table(std::vector<row> rows) {
  std::array<std::size_t, std::tuple_size_v<row>> widths{};
  for (auto& one : rows) {
    for (std::size_t i = 0; i < one.size(); ++i) {
      one[i] = printable(std::move(one[i]));
      widths[i] = std::max(widths[i], one[i].size());
    }
  }
  std::vector<std::string> lines;
  for (const auto& one : rows) {
    auto& line = lines.emplace_back();
    for (std::size_t i = 0; i + 1 < one.size(); ++i) line += fmt::format("{:<{}}  ", one[i], widths[i]);
    line += one.back();
  }
  return lines;
}

json::value or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(printable(text));
}

void add_report(json::object& to, const node_report& report) {
  to["phase"] = or_null(report.phase);
  to["reason"] = or_null(report.reason);
  to["server_state"] = to_string(report.server);
  to["wsrep_state"] = or_null(report.wsrep_state);
  to["server_version"] = or_null(report.server_version);
  to["data"] = to_string(report.data.kind);
  to["history"] = or_null(report.data.history);
  to["position"] =
      report.data.position == no_seqno ? json::value(nullptr) : json::value(report.data.position);
  to["cluster_size"] = report.cluster_size;
}

json::object to_object(const peer_status& peer) {
  json::object object{
      {"node", peer.node},
      {"address", printable(peer.address)},
      {"heard", peer.report.has_value()},
      {"heard_seconds_ago", peer.age ? json::value(peer.age->count()) : json::value(nullptr)},
      {"problem", or_null(peer.problem)},
  };
  if (peer.report) add_report(object, *peer.report);
  return object;
}

}  // namespace

std::string printable(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

std::vector<std::string> node_lines(const node_status& status) {
  const auto& self = status.self;
  std::vector<std::string> lines{printable(fmt::format(
      "{} ({}): {}, server {}, position {}, {}",
      self.node == 0 ? "This node" : fmt::format("node{}", self.node), status.address, or_dash(self.phase),
      server_text(self), position_text(self.data),
      self.cluster_size == 0 ? "in no cluster" : fmt::format("in a cluster of {}", self.cluster_size)))};
  if (!self.reason.empty()) lines.push_back(printable("  " + self.reason));
  if (status.peers.empty()) return lines;
  std::vector<row> rows{{"Peer", "Address", "Heard", "Phase", "Server", "Position", "Reason"}};
  for (const auto& peer : status.peers) rows.push_back(row_of(peer));
  for (auto& line : table(std::move(rows))) lines.push_back(std::move(line));
  return lines;
}

json::object node_json(const node_status& status) {
  json::object node{
      {"node", status.self.node},
      {"address", printable(status.address)},
      {"version", printable(status.version)},
      {"cluster_name", or_null(status.self.cluster_name)},
      {"live", status.health.live},
      {"ready", status.health.ready},
      {"donor_ok", status.health.donor_ok},
  };
  add_report(node, status.self);
  json::array peers;
  for (const auto& peer : status.peers) peers.emplace_back(to_object(peer));
  json::object both;
  both["node"] = std::move(node);
  both["peers"] = std::move(peers);
  return both;
}

}  // namespace mgc::orchestrator
