// Three addresses of a node look alike and are not:
// - gmcast.listen_addr is where the group connects; it wants an address, not a name, and one only where several nodes share
//   a machine.
// - ist.recv_addr is what donors are told. Galera listens at ist.recv_bind, but with the port of ist.recv_addr in mind: so a
//   relay that holds the transfer's limit listens at the node's address, and Galera at a loopback one with the same port.
// - wsrep_sst_receive_address is what donors of full transfers are told.

#include "orchestrator/config/galera_options.hpp"

#include <fmt/format.h>

#include "orchestrator/config/computed_sizes.hpp"
#include "orchestrator/config/provider_options.hpp"
#include "orchestrator/config/variables.hpp"
#include "proxy/log_text.hpp"
#include "shaper/endpoint.hpp"
#include "shaper/rate.hpp"

namespace mgc::orchestrator {
namespace {

using proxy::for_log;

constexpr std::size_t longest_cluster_name = 32;
constexpr auto provider_option_name = "wsrep_provider_options";

// A loopback address that no other node of the cluster has, because several may share a machine, and the port: that of a node with a
// loopback address has another second byte, others have one by their number.
std::string inner_address(const node_settings& settings) {
  if (!is_loopback(settings.address) || is_ipv6(settings.address))
    return fmt::format("127.129.{}.{}", settings.self / 250, settings.self % 250 + 1);
  const auto& address = settings.address;
  const auto second = address.find('.') + 1;
  const auto third = address.find('.', second);
  const auto byte = std::stoi(address.substr(second, third - second));
  return fmt::format("127.{}{}", (byte + 128) % 256, address.substr(third));
}

// A group address list for gcomm://.
std::string group_list(const node_settings& settings) {
  std::string list;
  const auto add = [&](const std::string& one) { list += (list.empty() ? "" : ",") + one; };
  if (!settings.join_addresses.empty()) {
    for (const auto& one : settings.join_addresses) {
      if (const auto numeric = numeric_address(one)) {
        add(with_port(*numeric, settings.ports.group));
      } else {
        add(one.find(':') != std::string::npos ? one : with_port(one, settings.ports.group));
      }
    }
    return list;
  }
  for (const auto& node : settings.nodes) add(with_port(node.address, settings.ports.group));
  return list;
}

class galera_resolver {
 public:
  galera_resolver(const given_values& given, const machine& here, user_options& user, node_settings& settings,
                  std::vector<std::string>& problems)
      : given_{given}, here_{here}, user_{user}, settings_{settings}, problems_{problems} {}

  std::vector<server_option> resolve() {
    check_user();
    const auto& address = settings_.address;
    const auto& ports = settings_.ports;
    add("wsrep_on", "ON", fmt::format("cluster_mode={}", given_.value_of("cluster_mode")));
    add_provider();
    add("wsrep_cluster_name", settings_.cluster_name, "cluster_name");
    add("wsrep_cluster_address", "gcomm://" + group_list(settings_),
        settings_.join_addresses.empty() ? "the nodes, gmcast_list_port" : "join_address, gmcast_list_port");
    add("wsrep_node_name", settings_.self != 0 ? fmt::format("node{}", settings_.self) : address,
        "this node");
    add("wsrep_node_address", with_port(address, ports.group), "this node, gmcast_list_port");
    add("wsrep_node_incoming_address", with_port(address, ports.sql), "this node, my_port");
    add("wsrep_slave_threads", fmt::format("{}", applier_threads(here_.processors, here_.memory)),
        fmt::format("computed from {} processors", here_.processors));
    add_transfer_method();
    add("wsrep_sst_receive_address", with_port(address, ports.sst), "this node, sst_receive_port");
    add_provider_options();
    return std::move(options_);
  }

 private:
  void add(std::string name, std::string value, std::string origin) {
    options_.push_back({"mysqld", std::move(name), std::move(value), std::move(origin)});
  }

  void check_user() {
    if (settings_.cluster_name.size() > longest_cluster_name) {
      problems_.push_back(fmt::format("{}: give at most {} characters", given_.describe("cluster_name"),
                                      longest_cluster_name));
    }
    const auto address = user_.find("wsrep_cluster_address");
    if (address == user_.end()) return;
    const std::string_view nodes = address->second.value;
    if (nodes == "gcomm://" || nodes.starts_with("gcomm://?") || nodes.empty()) {
      problems_.push_back(fmt::format(
          "{}: without nodes every start would make a new cluster; leave it out, mgc names node1, node2, ...",
          given_.describe(address->second.variable)));
    }
  }

  void add_provider() {
    if (user_.contains("wsrep_provider")) return;
    if (here_.provider.empty()) {
      problems_.emplace_back(
          "the library of Galera was found in no usual place; install galera-4, or name it: "
          "wsrep_provider=/usr/lib/galera/libgalera_smm.so");
    }
    add("wsrep_provider", here_.provider, "found");
  }

  // Old names mean the limited methods; nobody shall lose the limit by a name.
  void add_transfer_method() {
    const auto given = user_.find("wsrep_sst_method");
    if (given == user_.end()) return add("wsrep_sst_method", "mgc_mariabackup", "default");
    const auto [variable, method, origin] = given->second;
    const bool is_stock = method == "rsync" || method == "mariabackup";
    if (is_stock) {
      settings_.warnings.push_back(
          fmt::format("{}: mgc_{} is used, which obeys transfer_limit", given_.describe(variable), method));
      user_.erase(given);
      return add("wsrep_sst_method", "mgc_" + method,
                 fmt::format("{}, which is {}={}", origin, variable, method));
    }
    if (method != "mgc_rsync" && method != "mgc_mariabackup") {
      settings_.warnings.push_back(
          fmt::format("{}: transfer_limit does not hold for this method; mgc_mariabackup "
                      "and mgc_rsync obey it",
                      given_.describe(variable)));
    }
  }

  void add_provider_options() {
    const auto given = user_.find(provider_option_name);
    auto provider = provider_options::parse(given != user_.end() ? given->second.value : "", problems_);
    check_port(provider, "gmcast.listen_addr", "gmcast_list_port", settings_.ports.group);
    check_port(provider, "ist.recv_addr", "ist_recv_port", settings_.ports.ist);
    if (provider.find("ist.recv_bind") != nullptr) {
      problems_.emplace_back(
          "wsrep_provider_options: ist.recv_bind is mgc's, which relays incremental transfers to hold their "
          "limit; leave it out");
    }
    provider.add("gmcast.listen_addr", "tcp://" + with_port(settings_.address, settings_.ports.group));
    provider.add("ist.recv_addr", with_port(settings_.address, settings_.ports.ist));
    settings_.ist_bind = inner_address(settings_);
    provider.add("ist.recv_bind", with_port(settings_.ist_bind, settings_.ports.ist));
    check_allowlist();
    add_gcache(provider);
    std::string origin = "computed";
    if (given != user_.end()) {
      origin = fmt::format("computed, with {} ({})", given->second.variable, given->second.origin);
      user_.erase(given);
    }
    add(provider_option_name, provider.text(), origin);
    options_.back().is_secret = provider.find("socket.ssl_password_file") != nullptr;
  }

  void check_allowlist() {
    const auto given = user_.find("wsrep_allowlist");
    if (given == user_.end() || settings_.ist_bind.empty()) return;
    if (given->second.value.empty() || given->second.value.find(settings_.ist_bind) != std::string::npos)
      return;
    settings_.warnings.push_back(fmt::format("{}: incremental transfers come from {}, which is not in it",
                                             given_.describe(given->second.variable), settings_.ist_bind));
  }

  void check_port(const provider_options& provider, std::string_view key, std::string_view variable,
                  unsigned expected) {
    const auto* const value = provider.find(key);
    if (value == nullptr || expected == 0) return;
    const auto scheme = value->find("://");
    const auto parsed =
        shaper::parse_endpoint(std::string_view{*value}.substr(scheme == std::string::npos ? 0 : scheme + 3));
    if (parsed && parsed->port == expected) return;
    problems_.push_back(
        fmt::format("wsrep_provider_options: {}='{}' needs the port {} of {}; give ADDRESS:{}, or {} too",
                    key, for_log(*value, 200), expected, variable, expected, variable));
  }

  void add_gcache(provider_options& provider) {
    const auto* const own = provider.find("gcache.size");
    const auto wanted = shaper::parse_size(given_.value_of("gcache_size"));
    if (!wanted || *wanted == 0) {
      problems_.push_back(fmt::format("{}: give a size, as 512M or 5G", given_.describe("gcache_size")));
      return;
    }
    if (given_.find("gcache_size") != nullptr) {
      if (own != nullptr && *own != given_.value_of("gcache_size")) {
        problems_.push_back(
            fmt::format("{} and gcache.size='{}' in wsrep_provider_options; keep one of the two",
                        given_.describe("gcache_size"), for_log(*own, 100)));
      }
      return provider.add("gcache.size", given_.value_of("gcache_size"));
    }
    const auto fitting = gcache_size_for(*wanted, here_.disk_size(settings_.directories.data));
    provider.add("gcache.size", fitting == *wanted ? given_.value_of("gcache_size") : in_megabytes(fitting));
  }

  const given_values& given_;
  const machine& here_;
  user_options& user_;
  node_settings& settings_;
  std::vector<std::string>& problems_;
  std::vector<server_option> options_;
};

}  // namespace

std::vector<server_option> galera_options(const given_values& given, const machine& here, user_options& user,
                                          node_settings& settings, std::vector<std::string>& problems) {
  return galera_resolver{given, here, user, settings, problems}.resolve();
}

}  // namespace mgc::orchestrator
