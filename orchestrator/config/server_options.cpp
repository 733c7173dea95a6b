#include "orchestrator/config/server_options.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "orchestrator/config/computed_sizes.hpp"
#include "orchestrator/config/galera_options.hpp"
#include "orchestrator/config/variables.hpp"
#include "proxy/log_text.hpp"
#include "shaper/rate.hpp"

namespace mgc::orchestrator {
namespace {

// Below it, computed sizes would be guesses about a machine that did not say what it has.
constexpr std::uint64_t memory_if_unknown = std::uint64_t{1} << 30;

class option_maker {
 public:
  option_maker(const given_values& given, const machine& here, user_options user, node_settings& settings,
               std::vector<std::string>& problems)
      : given_{given}, here_{here}, user_{std::move(user)}, settings_{settings}, problems_{problems} {}

  void make() {
    add_files();
    add_network();
    add_sizes();
    add_durability();
    if (settings_.mode != cluster_mode::plain) {
      for (auto& option : galera_options(given_, here_, user_, settings_, problems_)) add(std::move(option));
      warn_of_galera();
    }
    for (const auto& [name, option] : user_) {
      add_always({"mysqld", name, option.value, option.origin, is_secret_name(name)});
    }
    if (settings_.mode != cluster_mode::plain) add_transfers();
  }

 private:
  void add_always(server_option option) { settings_.options.push_back(std::move(option)); }

  // What the operator gave stands behind, in its place.
  void add(server_option option) {
    if (!user_.contains(option.name)) add_always(std::move(option));
  }

  void add(std::string name, std::string value, std::string origin) {
    add({"mysqld", std::move(name), std::move(value), std::move(origin), false});
  }

  void add_files() {
    const auto& directories = settings_.directories;
    if (!settings_.server_user.empty()) add("user", settings_.server_user, "default");
    add("datadir", directories.data, "my_datadir");
    add("tmpdir", directories.tmp, "tmp_dir");
    add("socket", settings_.socket, "base_dir");
    add("pid_file", directories.run + "/mysqld.pid", "base_dir");
    add("log_error", directories.logs + "/error.log", "logs_dir");
    add("slow_query_log_file", directories.logs + "/slow.log", "logs_dir");
  }

  // With other nodes, which have the same port at their addresses.
  bool shares_machine() const {
    return is_loopback(settings_.address) ||
           std::any_of(settings_.nodes.begin(), settings_.nodes.end(), [this](const configured_node& node) {
             return node.number != settings_.self && find_local(here_.addresses, node.address) != nullptr;
           });
  }

  void add_network() {
    add("port", fmt::format("{}", settings_.ports.sql), "my_port");
    if (shares_machine()) add("bind_address", settings_.address, "this node, which shares its machine");
    add("skip_name_resolve", "ON", "default");
    add("character_set_server", "utf8mb4", "default");
    add("server_id", fmt::format("{}", server_id_for(settings_.self, settings_.address)),
        settings_.self != 0 ? fmt::format("node{}", settings_.self) : "computed from this node's address");
  }

  void add_sizes() {
    const auto memory = here_.memory != 0 ? here_.memory : memory_if_unknown;
    const auto origin = here_.memory != 0 ? fmt::format("computed from {} MB of memory ({})", memory >> 20,
                                                        here_.memory_origin)
                                          : "computed; the memory of this machine is not known";
    const auto pool = user_size("innodb_buffer_pool_size").value_or(buffer_pool_size(memory));
    const auto redo = redo_log_size(pool, here_.disk_size(settings_.directories.data));
    add("innodb_buffer_pool_size", in_megabytes(pool), origin);
    add("innodb_log_file_size", in_megabytes(redo), "computed from the buffer pool");
    add("max_connections", fmt::format("{}", most_connections(memory, pool)), origin);
  }

  std::optional<std::uint64_t> user_size(std::string_view name) {
    const auto given = user_.find(name);
    if (given == user_.end()) return std::nullopt;
    const auto size = shaper::parse_size(given->second.value);
    if (size) return *size;
    problems_.push_back(
        fmt::format("{}: give a size, as 512M or 2G", given_.describe(given->second.variable)));
    return std::nullopt;
  }

  void add_durability() {
    add("innodb_flush_log_at_trx_commit", "1", "default");
    add("sync_binlog", "1", "default");
    add("binlog_format", "ROW", "default");
    add("innodb_autoinc_lock_mode", "2", "default");
    const auto flush = user_.find("innodb_flush_log_at_trx_commit");
    if (flush == user_.end() || flush->second.value == "1") return;
    settings_.warnings.push_back(
        fmt::format("{}: when all nodes crash together, transactions of the last second or so are lost "
                    "though their clients "
                    "were told that they are committed; 1 keeps them",
                    given_.describe(flush->second.variable)));
  }

  void warn_of_galera() {
    const auto warn_unless = [&](std::string_view name, std::string_view wanted) {
      const auto given = user_.find(name);
      if (given == user_.end() || server_spelling(given->second.value) == server_spelling(wanted)) return;
      settings_.warnings.push_back(
          fmt::format("{}: Galera needs {}={}", given_.describe(given->second.variable), name, wanted));
    };
    warn_unless("binlog_format", "ROW");
    warn_unless("innodb_autoinc_lock_mode", "2");
  }

  // The group of state transfers; proxy/sst_settings.hpp says what is in it.
  void add_transfers() {
    const auto mgc = [&](std::string name, std::string value, std::string origin) {
      add_always({"mgc", std::move(name), std::move(value), std::move(origin), false});
    };
    if (settings_.transfer_limit) mgc("transfer_limit", *settings_.transfer_limit, "transfer_limit");
    mgc("transfer_budget", settings_.transfer_budget,
        given_.find("transfer_budget") != nullptr ? "transfer_budget" : "base_dir");
    for (const auto* const name : {"transfer_tls", "transfer_compress", "tls_ca", "tls_cert", "tls_key"}) {
      if (const auto* const found = given_.find(name)) mgc(name, found->value, found->origin);
    }
    if (!settings_.cluster_secret.empty()) {
      mgc("cluster_secret_file", settings_.cluster_secret_file, "cluster_secret");
    }
  }

  const given_values& given_;
  const machine& here_;
  user_options user_;
  node_settings& settings_;
  std::vector<std::string>& problems_;
};

}  // namespace

void make_server_options(const given_values& given, const machine& here, user_options user,
                         node_settings& settings, std::vector<std::string>& problems) {
  option_maker{given, here, std::move(user), settings, problems}.make();
}

}  // namespace mgc::orchestrator
