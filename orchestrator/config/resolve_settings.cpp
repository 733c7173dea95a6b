#include "orchestrator/config/resolve_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "orchestrator/config/accounts.hpp"
#include "orchestrator/config/identity.hpp"
#include "orchestrator/config/ports.hpp"
#include "orchestrator/config/server_options.hpp"
#include "orchestrator/config/user_options.hpp"
#include "orchestrator/config/variables.hpp"
#include "proxy/log_text.hpp"
#include "proxy/setting_value.hpp"
#include "shaper/rate.hpp"

namespace mgc::orchestrator {
namespace {

using proxy::for_log;

constexpr std::size_t longest_socket = 107;  // of a Unix socket's address
constexpr std::size_t short_secret = 16;
constexpr auto usual_server_user = "mysql";

bool is_within(const std::string& path, const std::string& directory) {
  return path == directory || path.starts_with(directory + "/");
}

class settings_maker {
 public:
  settings_maker(const given_values& given, const machine& here, std::vector<std::string>& problems)
      : given_{given}, here_{here}, problems_{problems}, user_{read_user_options(given, problems)} {}

  node_settings make() {
    for (auto& line : given_.unknown_variables()) problems_.push_back(std::move(line));
    read_mode();
    settings_.cluster_name = given_.value_of("cluster_name");
    settings_.ports = resolve_ports(given_, settings_.mode, problems_);
    settings_.directories = resolve_directories(given_, problems_);
    read_nodes_and_identity();
    settings_.accounts = resolve_accounts(given_, problems_, settings_.warnings);
    read_transfers();
    read_secret();
    settings_.allow_data_replace = read_switch(given_, "allow_data_replace", problems_);
    read_log_format();
    read_server();
    make_server_options(given_, here_, user_, settings_, problems_);
    settings_.variables = given_.shown();
    return std::move(settings_);
  }

 private:
  void read_log_format() {
    const auto wanted = given_.value_of("log_format");
    settings_.json_log = wanted == "json";
    if (wanted != "text" && wanted != "json")
      problems_.push_back(fmt::format("{}: allowed are text and json", given_.describe("log_format")));
  }

  void read_mode() {
    const auto word = server_spelling(given_.value_of("cluster_mode"));
    const auto is = [&](std::initializer_list<std::string_view> words) {
      return std::find(words.begin(), words.end(), word) != words.end();
    };
    const auto wsrep = user_.find("wsrep_on");
    const auto wsrep_word = wsrep != user_.end() ? server_spelling(wsrep->second.value) : "";
    const bool wants_galera = wsrep_word == "on" || wsrep_word == "1" || wsrep_word == "true";
    if (is({"single"})) {
      settings_.mode = cluster_mode::single;
    } else if (is({"0", "off", "no", "false"})) {
      settings_.mode = wants_galera ? cluster_mode::single : cluster_mode::plain;
    } else if (!is({"1", "on", "yes", "true"})) {
      problems_.push_back(fmt::format("{}: give 1 (a cluster), single (a cluster of one) or 0 (no Galera)",
                                      given_.describe("cluster_mode")));
    }
    if (settings_.mode != cluster_mode::plain && wsrep != user_.end() && !wants_galera) {
      problems_.push_back(
          fmt::format("{}: cluster_mode={} needs Galera; cluster_mode=0 is a server without it",
                      given_.describe(wsrep->second.variable), given_.value_of("cluster_mode")));
    }
  }

  void read_nodes_and_identity() {
    const bool is_cluster = settings_.mode == cluster_mode::cluster;
    const auto before = problems_.size();
    settings_.nodes = read_nodes(given_, here_, problems_);
    if (is_cluster) settings_.join_addresses = read_join_addresses(given_, problems_);
    const bool joins_only = !settings_.join_addresses.empty();
    if (is_cluster && settings_.nodes.empty() && !joins_only) {
      problems_.emplace_back(
          "no node is given: name all nodes of the cluster, node1=ADDRESS node2=ADDRESS ..., or a member of "
          "one "
          "that exists, join_address=ADDRESS; cluster_mode=single is a cluster of one");
    }
    if (problems_.size() != before) return;
    const auto me = find_identity(given_, here_, settings_.mode, settings_.nodes, joins_only, problems_);
    settings_.self = me.number;
    settings_.address = me.address;
    if (is_cluster) return warn_of_size();
    if (settings_.nodes.size() > 1) {
      settings_.warnings.push_back(
          fmt::format("{}: the other nodes do not count", given_.describe("cluster_mode")));
    }
    settings_.self = me.number != 0 ? me.number : 1;
    settings_.nodes = {{settings_.self, me.address, me.address}};
  }

  void warn_of_size() {
    if (settings_.nodes.size() != 2) return;
    settings_.warnings.emplace_back(
        "with two nodes, the one that is left stops when the other fails; a third one, or a garbd, keeps the "
        "majority");
  }

  void read_transfers() {
    settings_.transfer_budget = path_or("transfer_budget", settings_.directories.run + "/budget");
    if (given_.find("transfer_limit") != nullptr) {
      settings_.transfer_limit = given_.value_of("transfer_limit");
      if (const auto limit = shaper::parse_rate(*settings_.transfer_limit); !limit) {
        problems_.push_back(
            fmt::format("{}: {}", given_.describe("transfer_limit"), limit.error().message()));
      }
    }
    check_word("transfer_tls", {"auto", "off", "psk", "cert"});
    check_word("transfer_compress", {"auto", "zstd", "off"});
    for (const auto* const name : {"tls_ca", "tls_cert", "tls_key"}) {
      if (given_.find(name) == nullptr) continue;
      if (const auto path = path_or(name, ""); !path.empty() && !here_.exists(path)) {
        problems_.push_back(fmt::format("{}: there is no such file", given_.describe(name)));
      }
    }
    if (given_.value_of("transfer_tls") == "cert" && given_.find("tls_cert") == nullptr) {
      problems_.push_back(fmt::format("{}: it needs tls_cert", given_.describe("transfer_tls")));
    }
  }

  void check_word(std::string_view name, std::initializer_list<std::string_view> allowed) {
    if (std::find(allowed.begin(), allowed.end(), given_.value_of(name)) != allowed.end()) return;
    std::string words;
    for (const auto word : allowed) words += fmt::format("{}{}", words.empty() ? "" : ", ", word);
    problems_.push_back(fmt::format("{}: give one of {}", given_.describe(name), words));
  }

  std::string path_or(std::string_view name, std::string otherwise) {
    const auto* const given = given_.find(name);
    if (given == nullptr) return otherwise;
    if (!given->value.starts_with('/')) {
      problems_.push_back(fmt::format("{}: give an absolute path", given_.describe(name)));
      return {};
    }
    return proxy::absolute_path(given->value, "/");
  }

  void read_secret() {
    settings_.cluster_secret = given_.secret_of("cluster_secret");
    settings_.cluster_secret_file = settings_.directories.run + "/cluster_secret";
    const auto& text = settings_.cluster_secret.reveal();
    if (text.find_first_of("\r\n") != std::string::npos) {
      problems_.emplace_back("cluster_secret: it must be one line");
    } else if (!text.empty() && text.size() < short_secret) {
      settings_.warnings.push_back(
          fmt::format("cluster_secret: one of fewer than {} characters can be guessed", short_secret));
    }
    if (text.empty() && given_.value_of("transfer_tls") == "psk") {
      problems_.push_back(fmt::format("{}: it needs cluster_secret", given_.describe("transfer_tls")));
    }
  }

  void read_server() {
    const auto text_of = [&](std::string_view name, std::string otherwise) {
      const auto given = user_.find(name);
      return given != user_.end() ? given->second.value : std::move(otherwise);
    };
    if (here_.root) settings_.server_user = text_of("user", usual_server_user);
    settings_.server_program = here_.server_program;
    if (here_.server_program.empty()) {
      problems_.emplace_back(
          "mariadbd was not found in PATH, /usr/sbin, /usr/local/sbin, ...; install mariadb-server");
    }
    settings_.option_file = settings_.directories.conf + "/server.cnf";
    settings_.socket = text_of("socket", settings_.directories.run + "/mysqld.sock");
    if (!settings_.socket.starts_with('/'))
      settings_.socket = settings_.directories.data + "/" + settings_.socket;
    if (settings_.socket.size() > longest_socket) {
      problems_.push_back(
          fmt::format("the socket {} has a longer path than the {} bytes that a socket may have; give "
                      "a shorter my_socket or base_dir",
                      for_log(settings_.socket, 300), longest_socket));
    }
  }

  const given_values& given_;
  const machine& here_;
  std::vector<std::string>& problems_;
  user_options user_;
  node_settings settings_;
};

}  // namespace

node_directories resolve_directories(const given_values& given, std::vector<std::string>& problems) {
  node_directories directories;
  const auto read = [&](std::string_view name, const std::string& otherwise) {
    const auto text = given.value_of(name);
    if (text.empty()) return otherwise;
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (!text.starts_with('/') || std::any_of(text.begin(), text.end(), is_control)) {
      problems.push_back(fmt::format("{}: give an absolute path", given.describe(name)));
      return otherwise;
    }
    return proxy::absolute_path(text, "/");
  };
  directories.base = read("base_dir", "");
  const auto& base = directories.base;
  directories.data = read("my_datadir", base + "/data");
  directories.conf = read("conf_dir", base + "/conf");
  directories.lock = read("lock_dir", base + "/lock");
  directories.logs = read("logs_dir", base + "/logs");
  directories.tmp = read("tmp_dir", base + "/tmp");
  directories.initdb = base + "/initdb.d";
  directories.run = base + "/run";
  const std::array<std::pair<std::string_view, const std::string*>, 6> outside{
      {{"conf_dir", &directories.conf},
       {"lock_dir", &directories.lock},
       {"logs_dir", &directories.logs},
       {"tmp_dir", &directories.tmp},
       {"base_dir", &directories.base},
       {"base_dir", &directories.run}}};
  for (const auto& [name, path] : outside) {
    if (!is_within(*path, directories.data)) continue;
    problems.push_back(
        fmt::format("{}: {} must not be within the datadir {}, which a state transfer replaces", name,
                    for_log(*path, 300), for_log(directories.data, 300)));
    break;
  }
  return directories;
}

node_settings resolve_node_settings(const given_values& given, const machine& here,
                                    std::vector<std::string>& problems) {
  return settings_maker{given, here, problems}.make();
}

}  // namespace mgc::orchestrator
