#include "orchestrator/config/identity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "proxy/log_text.hpp"
#include "shaper/endpoint.hpp"

namespace mgc::orchestrator {
namespace {

using proxy::for_log;

constexpr std::array<std::string_view, 3> usual_interfaces{"br0", "eth1", "eth0"};
constexpr unsigned most_nodes = 9999;      // the highest number of one
constexpr std::size_t most_members = 255;  // what nodes tell each other is bounded (peers/report_json.hpp)

std::string seen(const machine& here) {
  std::string text;
  for (const auto& a : here.addresses) {
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", a.address, for_log(a.interface, 50));
  }
  return text.empty() ? "none" : text;
}

std::string shown(const std::vector<configured_node>& nodes) {
  std::string text;
  for (const auto& n : nodes) {
    text += fmt::format("{}node{}={}", text.empty() ? "" : ", ", n.number, for_log(n.given, 100));
    if (n.given != n.address) text += fmt::format(" ({})", n.address);
  }
  return text.empty() ? "none" : text;
}

// Of the addresses that a name has, this machine's own if there is one, else the first.
std::string address_of(const std::string& variable, const std::string& host, const machine& here,
                       std::vector<std::string>& problems) {
  if (auto numeric = numeric_address(host)) return *numeric;
  auto found = here.resolve(host);
  if (!found || found->empty()) {
    problems.push_back(fmt::format("{}='{}': no address is known for that name: {}", variable,
                                   for_log(host, 200), found ? "it has none" : found.error().message()));
    return {};
  }
  for (const auto& address : *found) {
    if (find_local(here.addresses, address) != nullptr) return address;
  }
  return found->front();
}

bool is_any_address(const std::string& address) { return address == "0.0.0.0" || address == "::"; }

bool is_of_interface(const local_address& a, std::string_view interface) {
  return a.interface == interface || a.interface.starts_with(std::string{interface} + ":");
}

class finder {
 public:
  finder(const given_values& given, const machine& here, cluster_mode mode,
         const std::vector<configured_node>& nodes, bool joins_only, std::vector<std::string>& problems)
      : given_{given},
        here_{here},
        mode_{mode},
        nodes_{nodes},
        joins_only_{joins_only},
        problems_{problems} {}

  identity find() {
    if (given_.find("local_addr") != nullptr) return by_local_address();
    std::vector<const configured_node*> matches;
    for (const auto& node : nodes_) {
      if (find_local(here_.addresses, node.address) != nullptr) matches.push_back(&node);
    }
    if (matches.size() == 1) return {matches[0]->number, matches[0]->address};
    if (matches.size() > 1) return by_interface(matches);
    if (mode_ == cluster_mode::cluster && !joins_only_)
      return refuse("no address of this machine is a node's");
    return without_nodes();
  }

 private:
  identity by_local_address() {
    const auto text = given_.value_of("local_addr");
    const auto address = numeric_address(text);
    if (!address || find_local(here_.addresses, *address) == nullptr) {
      problems_.push_back(fmt::format("{}: this machine has no such address; it has {}",
                                      given_.describe("local_addr"), seen(here_)));
      return {};
    }
    for (const auto& node : nodes_) {
      if (node.address == *address) return {node.number, *address};
    }
    if (mode_ == cluster_mode::cluster && !joins_only_) {
      return refuse(fmt::format("{} is no node's address", given_.describe("local_addr")));
    }
    return {0, *address};
  }

  std::vector<std::string_view> wanted_interfaces() {
    const auto* const wanted = given_.find("interface");
    if (wanted == nullptr) return {usual_interfaces.begin(), usual_interfaces.end()};
    const auto is_there = [&](const local_address& a) { return is_of_interface(a, wanted->value); };
    if (std::none_of(here_.addresses.begin(), here_.addresses.end(), is_there)) {
      problems_.push_back(fmt::format("{}: there is no such interface with an address; this machine has {}",
                                      given_.describe("interface"), seen(here_)));
      return {};
    }
    return {wanted->value};
  }

  identity by_interface(const std::vector<const configured_node*>& matches) {
    for (const auto interface : wanted_interfaces()) {
      std::vector<const configured_node*> left;
      for (const auto* const node : matches) {
        if (is_of_interface(*find_local(here_.addresses, node->address), interface)) left.push_back(node);
      }
      if (left.size() == 1) return {left[0]->number, left[0]->address};
      if (left.size() > 1) break;
    }
    return refuse("several nodes have an address of this machine; local_addr says which of them it is");
  }

  // Nobody else decides by our address, so it need not be a node's.
  identity without_nodes() {
    for (const auto interface : wanted_interfaces()) {
      std::vector<std::string> found;
      for (const auto& a : here_.addresses) {
        if (is_of_interface(a, interface)) found.push_back(a.address);
      }
      const auto first_ipv4 = std::find_if_not(found.begin(), found.end(), is_ipv6);
      if (!found.empty()) return {0, first_ipv4 != found.end() ? *first_ipv4 : found.front()};
    }
    std::vector<std::string> others;
    for (const auto& a : here_.addresses) {
      if (!a.loopback && !is_ipv6(a.address)) others.push_back(a.address);
    }
    if (others.size() == 1) return {0, others[0]};
    if (mode_ != cluster_mode::cluster) return {0, "127.0.0.1"};
    return refuse("which address is this node's? local_addr or interface says it");
  }

  identity refuse(const std::string& why) {
    problems_.push_back(
        fmt::format("{}; this machine has {}; the nodes are {}", why, seen(here_), shown(nodes_)));
    return {};
  }

  const given_values& given_;
  const machine& here_;
  cluster_mode mode_;
  const std::vector<configured_node>& nodes_;
  bool joins_only_;
  std::vector<std::string>& problems_;
};

void check_addresses(const std::vector<configured_node>& nodes, std::vector<std::string>& problems) {
  bool all_loopback = true;
  for (const auto& n : nodes) all_loopback = all_loopback && (n.address.empty() || is_loopback(n.address));
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const auto& n = nodes[i];
    if (n.address.empty()) continue;
    if (is_any_address(n.address)) {
      problems.push_back(fmt::format("node{}='{}': give one address of that node", n.number, n.given));
    }
    if (!all_loopback && is_loopback(n.address)) {
      problems.push_back(
          fmt::format("node{}='{}' is {}, where the other nodes cannot reach it; give its address", n.number,
                      for_log(n.given, 200), n.address));
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (nodes[j].address != n.address) continue;
      problems.push_back(fmt::format("node{} and node{} have the same address, {}; each node needs its own",
                                     nodes[j].number, n.number, n.address));
    }
  }
}

}  // namespace

std::vector<configured_node> read_nodes(const given_values& given, const machine& here,
                                        std::vector<std::string>& problems) {
  std::vector<configured_node> nodes;
  for (const auto& [name, entry] : given.all()) {
    const auto digits = node_digits(name);
    if (!digits || entry.value.empty()) continue;
    unsigned number = 0;
    const auto [rest, failed] = std::from_chars(digits->data(), digits->data() + digits->size(), number);
    if (failed != std::errc{} || number == 0 || number > most_nodes) {
      problems.push_back(
          fmt::format("{}: the number of a node is from 1 to {}", for_log(name, 100), most_nodes));
      continue;
    }
    nodes.push_back({number, entry.value, address_of(name, entry.value, here, problems)});
  }
  std::sort(nodes.begin(), nodes.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
  for (std::size_t i = 1; i < nodes.size(); ++i) {
    if (nodes[i].number == nodes[i - 1].number) {
      problems.push_back(fmt::format("node{} is given twice: '{}' and '{}'", nodes[i].number,
                                     for_log(nodes[i - 1].given, 100), for_log(nodes[i].given, 100)));
    }
  }
  if (nodes.size() > most_members)
    problems.push_back(
        fmt::format("{} nodes are given; a cluster has at most {}", nodes.size(), most_members));
  check_addresses(nodes, problems);
  return nodes;
}

std::vector<std::string> read_join_addresses(const given_values& given, std::vector<std::string>& problems) {
  std::vector<std::string> addresses;
  const auto text = given.value_of("join_address");
  constexpr std::string_view separators = ", \t";
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find_first_of(separators, at), text.size());
    const auto one = text.substr(at, end - at);
    at = end + 1;
    if (one.empty()) continue;
    const bool is_host = numeric_address(one) || one.find_first_of(":/[]") == std::string::npos;
    if (!is_host && !shaper::parse_endpoint(one)) {
      problems.push_back(fmt::format("{}: '{}' is no address; give ADDRESS or ADDRESS:PORT, parted by commas",
                                     given.describe("join_address"), for_log(one, 100)));
      continue;
    }
    addresses.push_back(one);
  }
  if (given.find("join_address") != nullptr && addresses.empty() && problems.empty()) {
    problems.push_back(fmt::format("{}: give at least one address", given.describe("join_address")));
  }
  return addresses;
}

identity find_identity(const given_values& given, const machine& here, cluster_mode mode,
                       const std::vector<configured_node>& nodes, bool joins_only,
                       std::vector<std::string>& problems) {
  return finder{given, here, mode, nodes, joins_only, problems}.find();
}

}  // namespace mgc::orchestrator
