#include "orchestrator/config/variables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace mgc::orchestrator {
namespace {

constexpr auto secret_value = true;

// What of the server's own options must not be seen.
constexpr std::array<std::string_view, 2> secret_options{"wsrep_sst_auth", "ssl_passphrase"};

constexpr std::array definitions{
    variable_definition{
        "cluster_mode", "1", "",
        "1: a cluster; single: a Galera cluster of this node alone; 0: a server without Galera "
        "(with wsrep_on=on: single)"},
    variable_definition{"cluster_name", "mariadb-galera", "", "nodes of another name are not let in"},
    variable_definition{
        "join_address", "", "",
        "members of a cluster that exists, parted by commas: this node only joins, never makes one"},
    variable_definition{"local_addr", "", "the one local address among node1, node2, ...",
                        "which of this machine's addresses is this node's"},
    variable_definition{"interface", "", "br0, then eth1, then eth0",
                        "whose address is this node's, where several would do"},
    variable_definition{"my_port", "3307", "", "where clients connect"},
    variable_definition{"gmcast_list_port", "", "1 and my_port: 13307", "group communication of Galera"},
    variable_definition{"ist_recv_port", "", "2 and my_port: 23307", "incremental state transfers"},
    variable_definition{"sst_receive_port", "", "3 and my_port: 33307", "full state transfers"},
    variable_definition{"peer_port", "", "4 and my_port: 43307", "mgc of the other nodes, health, metrics"},
    variable_definition{"cluster_secret", "", "",
                        "what the nodes know each other by, the same on all of them; protects transfers too",
                        secret_value},
    variable_definition{"transfer_limit", "", "no limit",
                        "of all state transfers of this node together, in KB/s: 6000, 6000k, 50M, 400mbit"},
    variable_definition{
        "transfer_tls", "auto", "",
        "auto, off, psk (by cluster_secret) or cert (by tls_cert): how transfers are encrypted"},
    variable_definition{"transfer_budget", "", "run/budget of base_dir",
                        "the file in which transfers share their limit"},
    variable_definition{"transfer_compress", "auto", "", "auto, zstd or off: full transfers on the wire"},
    variable_definition{"tls_ca", "", "", "authority of the certificates, a PEM file"},
    variable_definition{"tls_cert", "", "", "certificate of this node, a PEM file"},
    variable_definition{"tls_key", "", "", "its key, a PEM file"},
    variable_definition{"allow_data_replace", "0", "",
                        "1: data here that the cluster does not contain may be replaced by the cluster's"},
    variable_definition{"mysql_root_password", "", "root comes in by the socket only",
                        "of root, set when a new cluster is made", secret_value},
    variable_definition{"mysql_random_root_password", "0", "", "1: make one, and write it to the log once"},
    variable_definition{"mysql_root_host", "", "this machine only",
                        "from where root may connect besides, as % or 10.0.%"},
    variable_definition{"mysql_user", "", "none", "a user to be made in a new cluster"},
    variable_definition{"mysql_user_password", "", "", "the user's", secret_value},
    variable_definition{"mysql_user_database", "", "mysql_database, else *",
                        "what the user may do everything with; *: all databases"},
    variable_definition{"mysql_user_host", "%", "", "from where the user may connect"},
    variable_definition{"mysql_user_grant", "0", "", "1: the user may pass rights on"},
    variable_definition{"mysql_user_grand", "", "", "the same as mysql_user_grant"},
    variable_definition{"mysql_database", "", "none", "a database to be made in a new cluster"},
    variable_definition{"mysql_sst_password", "", "",
                        "has no effect: state transfers need no user, they come in by the socket",
                        secret_value},
    variable_definition{"gcache_size", "5G", "5G, or a quarter of a smaller disk",
                        "write sets that are kept for incremental transfers"},
    variable_definition{"base_dir", "/data/mariadb-galera", "", "what this node keeps is below"},
    variable_definition{"my_datadir", "", "data of base_dir", "the server's data"},
    variable_definition{"conf_dir", "", "conf of base_dir", "custom.cfg, and the generated server.cnf"},
    variable_definition{
        "lock_dir", "", "lock of base_dir",
        "what must survive a replaced datadir; global.lock: conf/server.cnf and conf/wsrep.cnf are "
        "yours"},
    variable_definition{"logs_dir", "", "logs of base_dir", "error.log, slow.log"},
    variable_definition{"tmp_dir", "", "tmp of base_dir", "the server's temporary files"},
    variable_definition{"log_format", "text", "",
                        "text, or json: one object a line, with time, level and message"},
};

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  std::string lines;
  std::size_t column = 0;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    if (column != 0 && column + word.size() + 1 > width) {
      lines += "\n" + std::string(indent, ' ');
      column = 0;
    }
    lines += (column == 0 ? "" : " ") + std::string{word};
    column += word.size() + (column == 0 ? 0 : 1);
    text.remove_prefix(std::min(word.size() + 1, text.size()));
  }
  return lines;
}

}  // namespace

std::span<const variable_definition> known_variables() { return definitions; }

bool is_known_variable(std::string_view name) {
  return std::any_of(definitions.begin(), definitions.end(), [&](const auto& d) { return d.name == name; });
}

const variable_definition& definition_of(std::string_view name) {
  for (const auto& d : definitions) {
    if (d.name == name) return d;
  }
  throw std::logic_error{fmt::format("{} is not in the table of variables", name)};
}

bool is_secret_name(std::string_view name) {
  for (const auto& d : definitions) {
    if (d.name == name) return d.is_secret;
  }
  if (name.starts_with("my_")) name.remove_prefix(3);
  return name.ends_with("_password") || name.ends_with("_secret") ||
         std::find(secret_options.begin(), secret_options.end(), name) != secret_options.end();
}

std::string help_entry(std::string_view name, std::string_view meaning, std::string_view fallback) {
  constexpr std::size_t column = 30;
  auto text = std::string{meaning};
  if (!fallback.empty()) text += fmt::format(" (default: {})", fallback);
  return fmt::format("  {:<28}{}\n", name, wrapped(text, column, 110 - column));
}

std::string variables_help() {
  std::string text =
      help_entry("node1, node2, ...", "the nodes of the cluster: addresses, or names that have one", "");
  for (const auto& d : definitions)
    text += help_entry(d.name, d.meaning, d.fallback.empty() ? d.value : d.fallback);
  text += help_entry("my_<option>", "any option of the server: my_max_connections=500", "");
  text += help_entry(
      "wsrep_<option>",
      "any option of the server that begins so; wsrep_provider_options is merged, key by key, with "
      "what mgc sets",
      "");
  std::string secrets;
  for (const auto& d : definitions) {
    if (d.is_secret) secrets += fmt::format("{}{}_FILE", secrets.empty() ? "" : ", ", d.name);
  }
  return text + help_entry("<secret>_FILE", "the secret is in that file: " + secrets, "");
}

}  // namespace mgc::orchestrator
