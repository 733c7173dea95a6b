#include "orchestrator/run/membership.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

namespace mgc::orchestrator {
namespace {

// Two spellings of an IPv6 address are one address.
bool same_address(std::string_view one, std::string_view other) {
  boost::system::error_code malformed;
  const auto first = boost::asio::ip::make_address(one, malformed);
  if (malformed) return false;
  const auto second = boost::asio::ip::make_address(other, malformed);
  return !malformed && first == second;
}

std::string_view host_of(std::string_view member) {
  if (member.starts_with('[')) return member.substr(1, member.find(']') - 1);
  return member.substr(0, member.rfind(':'));
}

std::string_view port_of(std::string_view member) { return member.substr(member.rfind(':') + 1); }

}  // namespace

std::vector<std::string_view> each_member(std::string_view incoming_addresses) {
  std::vector<std::string_view> members;
  while (!incoming_addresses.empty()) {
    const auto comma = std::min(incoming_addresses.find(','), incoming_addresses.size());
    members.push_back(incoming_addresses.substr(0, comma));
    incoming_addresses.remove_prefix(std::min(comma + 1, incoming_addresses.size()));
  }
  return members;
}

bool counts_in(const node_report& report, std::string_view incoming_address) {
  return std::any_of(report.members.begin(), report.members.end(), [&](const auto& member) {
    return member == incoming_address || (port_of(member) == port_of(incoming_address) &&
                                          same_address(host_of(member), host_of(incoming_address)));
  });
}

bool all_count_in(const std::vector<node_report>& heard, std::string_view incoming_address) {
  bool counted = false;
  for (const auto& report : heard) {
    if (report.server != server_state::primary || report.members.empty()) continue;
    if (!counts_in(report, incoming_address)) return false;
    counted = true;
  }
  return counted;
}

std::set<node_number> members_among(const std::vector<configured_node>& nodes,
                                    std::string_view incoming_addresses, unsigned cluster_size) {
  std::set<node_number> members;
  for (const auto member : each_member(incoming_addresses)) {
    for (const auto& node : nodes) {
      if (same_address(node.address, host_of(member))) members.insert(node.number);
    }
  }
  if (members.size() < cluster_size) members.insert(unlisted);
  return members;
}

std::optional<lineage> epochs_of(const journal& memory, const server_observation& now,
                                 const std::vector<node_report>& heard) {
  if (memory.bootstrapping) return opened_epochs(memory);
  const lineage* told = nullptr;
  std::uint64_t youngest = std::max(newest(memory.epochs), memory.joining);
  for (const auto& pledge : memory.pledges) youngest = std::max(youngest, pledge.epoch);
  std::size_t members = 1;
  for (const auto& peer : heard) {
    if (peer.server != server_state::primary || peer.data.history != now.history) continue;
    ++members;
    youngest = std::max(youngest, peer.newest_epoch);
    if (!peer.epochs.empty() && (told == nullptr || newest(*told) < newest(peer.epochs))) told = &peer.epochs;
  }
  if (told != nullptr && newest(*told) >= youngest) return *told;
  const bool own_are_right = memory.history == now.history && newest(memory.epochs) >= youngest;
  if (own_are_right && (!memory.uncertain || members >= now.cluster_size)) return memory.epochs;
  return std::nullopt;
}

}  // namespace mgc::orchestrator
