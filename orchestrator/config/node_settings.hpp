#pragma once

// What `mgc run` was asked for: the environment, conf/custom.cfg and the defaults, resolved and checked. Made once, at the
// start, before anything is touched; nobody changes it afterwards. Core: plain data.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mgc::orchestrator {

// cluster_mode: 1, single, 0.
enum class cluster_mode { cluster, single, plain };

// One of node1..nodeN. `address` is numeric: what `given` is or resolves to.
struct configured_node {
  unsigned number = 0;  // as in its name: node3 is 3; the numbers of a cluster need not be without gaps
  std::string given;
  std::string address;
  bool operator==(const configured_node&) const = default;
};

// TCP ports of this node and, by the rule that they are equal everywhere, of every other one.
struct node_ports {
  std::uint16_t sql = 3307;
  std::uint16_t group = 0;  // 1 and my_port, gmcast_list_port
  std::uint16_t ist = 0;    // 2 and my_port, ist_recv_port
  std::uint16_t sst = 0;    // 3 and my_port, sst_receive_port
  std::uint16_t peer = 0;   // 4 and my_port, peer_port
};

struct node_directories {
  std::string base = "/data/mariadb-galera";
  std::string data;  // my_datadir
  std::string conf;
  std::string lock;  // what must survive a wiped datadir: the election's journal
  std::string logs;
  std::string tmp;
  std::string initdb;  // initdb.d
  std::string run;     // socket, pid file, budget; nothing in it must survive a restart
};

// A value that must not be seen: it has no way into a stream or a log line by accident.
class secret {
 public:
  secret() = default;
  explicit secret(std::string text) : text_{std::move(text)} {}
  const std::string& reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

 private:
  std::string text_;
};

// Users and databases that the first node makes in a new cluster.
struct account_settings {
  secret root_password;
  bool random_root_password = false;
  std::string root_host;  // empty: root is at localhost only
  std::string user;       // empty: none
  secret user_password;
  std::string user_database;  // what the user is granted; empty or "*": everything
  std::string user_host = "%";
  bool user_grant = false;  // WITH GRANT OPTION
  std::string database;     // empty: none
};

// One line of an option file of the server.
struct server_option {
  std::string group = "mysqld";
  std::string name;  // as the server spells it, with underscores
  std::string value;
  std::string
      origin;  // for people: "environment", "conf/custom.cfg", "computed from 2048 MB of memory (cgroup)", "default"
  bool is_secret = false;  // shown as "(set)"
};

// One environment variable of ours and what it came to. A secret's value is never here, only that it is set.
struct variable_value {
  std::string name;
  std::string value;  // of a secret: "(set)"
  std::string origin;
};

struct node_settings {
  cluster_mode mode = cluster_mode::cluster;
  std::string cluster_name;
  std::vector<configured_node> nodes;  // by number; one for single and plain
  std::vector<std::string>
      join_addresses;   // join_address: when set there is no election, this node only joins
  unsigned self = 0;    // my number among `nodes`; 0 when only join_addresses are known
  std::string address;  // mine, numeric
  node_ports ports;
  std::string ist_bind;  // where Galera receives IST at ports.ist: a loopback address, to which the relay
                         // at `address` hands on; empty: at `address` itself, without a relay
  node_directories directories;
  std::string server_user;  // whom mariadbd runs as when we are root; else empty: as we do
  secret cluster_secret;    // empty: none was set
  account_settings accounts;
  std::optional<std::string> transfer_limit;
  std::string transfer_budget;      // a file
  std::string cluster_secret_file;  // where write_option_files() puts the secret, if there is one
  bool allow_data_replace = false;
  bool json_log = false;
  std::string socket;          // the server's
  std::string server_program;  // mariadbd, an absolute path
  std::string option_file;     // what `mariadbd --defaults-file=` gets, once write_option_files() has made it
  bool operator_files = false;  // lock/global.lock: conf/server.cnf and conf/wsrep.cnf are used as they are
  std::vector<server_option> options;     // everything that goes into the generated option file, in its order
  std::vector<variable_value> variables;  // for `mgc config`
  std::vector<std::string> program_words;  // behind `mgc run --`, for mariadbd as they are
  std::vector<std::string> warnings;       // for the log, one line each
};

// What the generated option file says to the server: the last one counts, as it does there. Empty: nothing.
inline std::string option_value(const node_settings& settings, std::string_view name) {
  std::string value;
  for (const auto& option : settings.options) {
    if (option.group == "mysqld" && option.name == name) value = option.value;
  }
  return value;
}

}  // namespace mgc::orchestrator
