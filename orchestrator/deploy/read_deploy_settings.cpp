#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "orchestrator/config/closest_name.hpp"
#include "orchestrator/config/given_values.hpp"
#include "orchestrator/config/machine.hpp"
#include "orchestrator/config/variables.hpp"
#include "orchestrator/deploy/deploy_keys.hpp"
#include "orchestrator/deploy/deploy_settings.hpp"
#include "orchestrator/deploy/deploy_values.hpp"
#include "orchestrator/deploy/ini_text.hpp"
#include "orchestrator/deploy/node_check.hpp"
#include "proxy/log_text.hpp"

namespace mgc::orchestrator {
namespace {

using proxy::for_log;

constexpr std::string_view data_inside = "/data/mariadb-galera";
constexpr std::string_view secrets_inside = "/run/secrets";
constexpr std::string_view clock_file = "/etc/localtime";
constexpr std::string_view file_suffix = "_file";

// All nodes must agree on them, or find each other by them.
constexpr std::array<std::string_view, 8> of_the_cluster{
    "cluster_name",     "cluster_mode",  "cluster_secret",   "my_port",
    "gmcast_list_port", "ist_recv_port", "sst_receive_port", "peer_port",
};

// Keys of a file are in lower case; of mgc's variables only *_FILE is not.
std::string variable_of(const std::string& key) {
  if (!key.ends_with(file_suffix)) return key;
  const auto base = key.substr(0, key.size() - file_suffix.size());
  return is_secret_name(base) ? base + "_FILE" : key;
}

bool is_variable(const std::string& name) {
  if (is_known_variable(name) || node_digits(name)) return true;
  if (name.ends_with("_FILE")) return !secret_in_file(name).empty();
  const auto option = server_option_of(name);
  return !option.empty() && option != "wsrep_";
}

std::string closest_key(const std::string& key) {
  std::vector<std::string> known;
  for (const auto& variable : known_variables()) known.emplace_back(variable.name);
  for (const auto& own : deploy_keys()) known.emplace_back(own.name);
  return closest_name(key, known);
}

// "node12" and "node" give 12.
std::optional<unsigned> number_behind(std::string_view text, std::string_view word) {
  if (!text.starts_with(word)) return std::nullopt;
  text.remove_prefix(word.size());
  unsigned number = 0;
  const auto [rest, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || rest != text.data() + text.size() || text.front() == '0') return std::nullopt;
  return number;
}

bool is_address(const std::string& text) {
  if (numeric_address(text)) return true;
  return text.find(':') == std::string::npos && parse_engine_endpoint("tcp://" + text).has_value();
}

class settings_reader {
 public:
  settings_reader(const std::string& file, std::vector<std::string>& problems)
      : file_{file}, problems_{problems} {}

  deploy_settings read(std::string_view text) {
    const auto ini = parse_ini(text, file_);
    problems_ = ini.problems;
    for (const auto& entry : ini.entries) sort(entry);
    if (nodes_.empty() && problems_.empty())
      problems_.push_back(fmt::format("{}: no node is given: node1=ADDRESS, node2=ADDRESS, ...", file_));
    check_numbers();
    read_own();
    for (const auto& [number, entry] : nodes_) settings_.nodes.push_back(make_node(number, entry));
    name_containers();
    check_nodes();
    warn();
    return std::move(settings_);
  }

 private:
  using entries = std::map<std::string, ini_entry, std::less<>>;

  void complain(const ini_entry& entry, std::string_view what) {
    problems_.push_back(fmt::format("{}, line {}: {}", file_, entry.line, what));
  }

  // ---- whose a key is ----

  void sort(const ini_entry& entry) {
    if (const auto dot = entry.key.find('.'); dot != std::string::npos) {
      if (const auto number = number_behind(std::string_view{entry.key}.substr(0, dot), "node"))
        return sort_of_node(*number, entry, entry.key.substr(dot + 1));
    }
    if (find_deploy_key(entry.key) != nullptr) {
      own_.emplace(entry.key, entry);
    } else if (const auto engine = number_behind(entry.key, "docker")) {
      engines_.emplace(*engine, entry);
    } else if (const auto name = variable_of(entry.key); is_variable(name)) {
      environment_.emplace_back(name, entry.value);
      lines_.emplace(name, entry.line);
      if (const auto number = number_behind(name, "node"); number && !entry.value.empty())
        nodes_.emplace(*number, entry);
    } else {
      complain_of_unknown(entry, entry.key);
    }
  }

  void sort_of_node(unsigned number, const ini_entry& entry, const std::string& key) {
    of_nodes_.emplace(number, entry);
    if (const auto* const own = find_deploy_key(key)) {
      if (!own->per_node) return complain(entry, fmt::format("{} cannot be given for one node", key));
      own_.emplace(entry.key, entry);
      return;
    }
    const auto name = variable_of(key);
    if (!is_variable(name)) return complain_of_unknown(entry, key);
    if (node_digits(name) ||
        std::find(of_the_cluster.begin(), of_the_cluster.end(), name) != of_the_cluster.end())
      return complain(entry, fmt::format("{} is the whole cluster's; it cannot be given for one node", name));
    environments_of_nodes_[number].emplace_back(name, entry.value);
    lines_.emplace(name, entry.line);
  }

  void complain_of_unknown(const ini_entry& entry, const std::string& key) {
    const auto closest = closest_key(key);
    complain(entry, fmt::format("{} is no key of 'mgc deploy' and no variable of 'mgc run'{}",
                                for_log(key, 100), closest.empty() ? "" : "; did you mean " + closest + "?"));
  }

  void check_numbers() {
    const auto check = [&](const std::multimap<unsigned, ini_entry>& given) {
      for (const auto& [number, entry] : given) {
        if (!nodes_.contains(number))
          complain(entry, fmt::format("{}: there is no node{}", for_log(entry.key, 100), number));
      }
    };
    check(engines_);
    check(of_nodes_);
  }

  // ---- values of our own keys ----

  // The node's, else the cluster's, else the default.
  deploy_value own(std::string_view key, unsigned node = 0) const {
    auto found = own_.find(fmt::format("node{}.{}", node, key));
    if (found == own_.end() || found->second.value.empty()) found = own_.find(key);
    const bool is_given = found != own_.end() && !found->second.value.empty();
    return {std::string{key}, is_given ? found->second.value : std::string{find_deploy_key(key)->value},
            is_given ? fmt::format("{}, line {}: ", file_, found->second.line) : ""};
  }

  void read_own() {
    settings_.pull = read_choice<pull_rule>(
        own("pull"),
        {{"missing", pull_rule::missing}, {"always", pull_rule::always}, {"never", pull_rule::never}},
        problems_);
    restart_ = read_choice<std::string>(
        own("restart"), {{"unless-stopped", "unless-stopped"}, {"always", "always"}}, problems_);
    stop_timeout_ = std::chrono::seconds{read_number(own("stop_timeout"), 1, 86400, problems_)};
    settings_.tls = {own("docker_tls_ca").text, own("docker_tls_cert").text, own("docker_tls_key").text};
    if (settings_.tls.certificate.empty() != settings_.tls.key.empty()) {
      problems_.push_back(
          fmt::format("{}docker_tls_cert and docker_tls_key need each other; give both or none",
                      own(settings_.tls.key.empty() ? "docker_tls_cert" : "docker_tls_key").where));
    }
    settings_.registry_login_file = own("docker_auth_file").text;
    image_ = read_image(own("image"), problems_);
    if (!own("docker_port").text.empty()) port_ = read_number(own("docker_port"), 1, 65535, problems_);
  }

  // ---- nodes ----

  engine_endpoint engine_of(unsigned number, const std::string& address) {
    if (const auto given = engines_.find(number); given != engines_.end()) {
      auto parsed = parse_engine_endpoint(given->second.value);
      if (parsed) return *parsed;
      const bool may_have_password = given->second.value.find('@') != std::string::npos;
      complain(
          given->second,
          may_have_password
              ? fmt::format("docker{}: an engine takes no user and no password in its URL: {}", number,
                            parsed.error())
              : fmt::format("docker{}='{}': {}", number, for_log(given->second.value, 200), parsed.error()));
      return {};
    }
    const auto& tls = settings_.tls;
    const bool is_tls = !tls.ca.empty() || !tls.certificate.empty();
    const auto usual = is_tls ? tls_engine_port : plain_engine_port;
    return {is_tls ? engine_transport::tls : engine_transport::tcp,
            numeric_address(address).value_or(address), port_ ? static_cast<std::uint16_t>(*port_) : usual,
            ""};
  }

  deployed_node make_node(unsigned number, const ini_entry& entry) {
    deployed_node node;
    node.number = number;
    node.address = entry.value;
    node.engine = engine_of(number, entry.value);
    if (!is_address(entry.value)) {
      complain(entry, fmt::format("node{}='{}': give the node's address, or a name that has one", number,
                                  for_log(entry.value, 200)));
    }
    auto& container = node.container;
    container.image = image_;
    container.restart = restart_;
    container.stop_timeout = stop_timeout_;
    container.memory = read_memory(own("memory", number), problems_);
    container.environment = environment_;
    for (const auto& [name, value] : environments_of_nodes_[number]) set_variable(container, name, value);
    return node;
  }

  static void set_variable(wanted_container& container, const std::string& name, const std::string& value) {
    auto& all = container.environment;
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.first == name; });
    if (found != all.end()) {
      found->second = value;
    } else {
      all.emplace_back(name, value);
    }
  }

  std::string variable(std::string_view name) const {
    for (const auto& [one, value] : environment_) {
      if (one == name && !value.empty()) return value;
    }
    return std::string{definition_of(name).value};
  }

  // As the reference names them: CLUSTER-PORT. Nodes of one engine need names and addresses of their own.
  void name_containers() {
    const auto name = fmt::format("{}-{}", variable("cluster_name"), variable("my_port"));
    if (!is_container_name(name)) {
      const auto line = lines_.find("cluster_name");
      problems_.push_back(
          fmt::format("{}: cluster_name='{}': containers are named after it, so it may have letters, digits, "
                      "'_', '.' and "
                      "'-' in it, and begins with a letter or a digit",
                      line == lines_.end() ? file_ : fmt::format("{}, line {}", file_, line->second),
                      for_log(variable("cluster_name"), 100)));
    }
    for (auto& node : settings_.nodes) {
      const bool is_shared =
          std::count_if(settings_.nodes.begin(), settings_.nodes.end(),
                        [&](const auto& other) { return other.engine == node.engine; }) > 1;
      auto& container = node.container;
      container.name = is_shared ? fmt::format("{}-{}", name, node.name()) : name;
      const auto is_set = [](const auto& one) { return one.first == "local_addr" && !one.second.empty(); };
      if (is_shared && std::none_of(container.environment.begin(), container.environment.end(), is_set))
        set_variable(container, "local_addr", node.address);
      node.data = fmt::format("{}/{}", read_folder(own("mount_dir", node.number), problems_), container.name);
      container.folders.push_back({node.data, std::string{data_inside}, false, true});
      if (read_switch(own("localtime", node.number), problems_))
        container.folders.push_back({std::string{clock_file}, std::string{clock_file}, true, false});
      const auto secrets = own("secrets_dir", node.number);
      if (!secrets.text.empty())
        container.folders.push_back(
            {read_folder(secrets, problems_), std::string{secrets_inside}, true, false});
    }
  }

  // ---- what `mgc run` will think of it ----

  void check_nodes() {
    if (!problems_.empty() && settings_.nodes.empty()) return;
    std::vector<std::string> found;
    for (const auto& node : settings_.nodes) {
      const auto checked = check_node(node, found);
      settings_.mode = checked.mode;
      settings_.ports = checked.ports;
      for (const auto& warning : checked.warnings) add_once(settings_.warnings, warning);
    }
    for (const auto& problem : found) {
      // Each begins with the name of a variable.
      const auto name = problem.substr(0, problem.find_first_of(" =:'"));
      const auto line = lines_.find(name);
      add_once(problems_, line == lines_.end()
                              ? fmt::format("{}: {}", file_, problem)
                              : fmt::format("{}, line {}: {}", file_, line->second, problem));
    }
  }

  static void add_once(std::vector<std::string>& to, std::string line) {
    if (std::find(to.begin(), to.end(), line) == to.end()) to.push_back(std::move(line));
  }

  void warn() {
    std::string open;
    std::set<std::string> secrets;
    for (const auto& node : settings_.nodes) {
      if (node.engine.transport == engine_transport::tcp)
        open += fmt::format("{}{}", open.empty() ? "" : ", ", to_string(node.engine));
      for (const auto& [name, value] : node.container.environment) {
        if (is_secret_name(name) && !name.ends_with("_FILE") && !value.empty()) secrets.insert(name);
      }
    }
    if (!open.empty()) {
      settings_.warnings.push_back(fmt::format(
          "{}: not protected: whoever reaches such a port is root on that host, and reads along; use TLS "
          "(docker_tls_*), or at least a firewall",
          open));
    }
    if (secrets.empty()) return;
    std::string names;
    for (const auto& name : secrets) names += (names.empty() ? "" : ", ") + name;
    settings_.warnings.push_back(fmt::format(
        "{}: in the containers' environment, where 'docker inspect' shows it; NAME_FILE=/run/secrets/..., "
        "with secrets_dir, keeps it out",
        names));
  }

  const std::string& file_;
  std::vector<std::string>& problems_;
  deploy_settings settings_;
  entries own_;
  std::multimap<unsigned, ini_entry> engines_;
  std::multimap<unsigned, ini_entry> of_nodes_;  // nodeN.KEY
  std::map<unsigned, ini_entry> nodes_;
  std::vector<std::pair<std::string, std::string>> environment_;
  std::map<unsigned, std::vector<std::pair<std::string, std::string>>> environments_of_nodes_;
  std::map<std::string, unsigned, std::less<>> lines_;  // of variables
  std::string image_;
  std::string restart_;
  std::chrono::seconds stop_timeout_{0};
  std::optional<std::uint64_t> port_;
};

}  // namespace

deploy_settings read_deploy_settings(std::string_view text, const std::string& file,
                                     std::vector<std::string>& problems) {
  auto settings = settings_reader{file, problems}.read(text);
  std::set<std::string> said;
  std::erase_if(problems, [&](const std::string& line) { return !said.insert(line).second; });
  return settings;
}

}  // namespace mgc::orchestrator
