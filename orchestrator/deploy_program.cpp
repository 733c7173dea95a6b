#include "orchestrator/deploy_program.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <optional>
#include <string>

#include "orchestrator/config/bad_configuration.hpp"
#include "orchestrator/deploy/deploy_keys.hpp"
#include "orchestrator/deploy/deployment.hpp"
#include "orchestrator/deploy/registry_login.hpp"
#include "proxy/log_text.hpp"
#include "proxy/whole_file.hpp"
#include "shaper/command_line.hpp"
#include "shaper/file_descriptor.hpp"
#include "shaper/process.hpp"

namespace mgc::orchestrator {
namespace {

namespace asio = boost::asio;
using shaper::complain;

constexpr std::size_t longest_file = std::size_t{1024} * 1024;
constexpr std::chrono::seconds usual_patience{600};

constexpr auto description =
    "Makes a cluster's containers on all its hosts, over the Docker Engine API, and waits until it has its "
    "size.";

std::string footer() {
  return R"(
Each host is looked at first. What is missing is pulled, created and started, hosts in parallel; a container
that is there and as CONFIG wants it is left alone, so the same order can be given again at any time. One
that differs is never replaced: it is said in what it differs, and nothing is changed on any host. Nothing
is ever removed.

CONFIG is an INI file. Sections are for order only; keys know no upper case; "#" and ";" begin comments, on
their own lines and behind a value and a blank; one pair of quotes around a value is taken off, and "%" means
itself. A key is one of those below, or a variable of 'mgc run' ('mgc config --help' lists them) for the
containers: node1, node2, ..., my_port, cluster_name, mysql_user, transfer_limit, my_<option> and so on.

)" + deploy_keys_help() +
         R"(
NODE.KEY, as node2.memory=2G or node3.interface=eth1, is for that node alone; of the keys above it may be
memory, mount_dir, localtime and secrets_dir.

The container is CLUSTER_NAME-MY_PORT, on the host's network, and has MOUNT_DIR/CLUSTER_NAME-MY_PORT as its
/data/mariadb-galera. It is not privileged. Where several nodes have one engine, both names end with -nodeN.

An engine's plain port (tcp://) makes root of everybody who reaches it. For TLS give the engines dockerd
--tlsverify with certificates for their addresses, and docker_tls_ca, docker_tls_cert, docker_tls_key here.

Secrets in CONFIG are in the containers' environment, where 'docker inspect' shows them. To keep them out,
put each into a file of a folder on the hosts: secrets_dir=/srv/secrets, and
mysql_root_password_FILE=/run/secrets/root_password.

An example:
  [global]
  cluster_name = demo
  node1 = 192.168.1.100
  node2 = 192.168.1.101
  node3 = 192.168.1.102
  [custom]
  my_port = 3310
  mount_dir = /data/mysql_data
  memory = 2G                  # of each container
  mysql_user = demo
  mysql_user_password = "123456"
  transfer_limit = 6000        # KB/s

  mgc deploy demo.cfg --dry-run
  mgc deploy demo.cfg
  mgc deploy demo.cfg --only node2     after its container was removed, to have it made anew

Exit codes: 0 done, and the cluster has its size; 1 a host failed, has a container that differs, or the
cluster did not get its size in time; 2 the command line or CONFIG is wrong: no host was contacted; 128 + N
ended by signal N, as 130 by Ctrl-C: what was done is said, and the same order goes on from there.)";
}

struct deploy_options {
  std::string config;
  bool dry_run = false;
  std::vector<std::string> only;
  std::chrono::seconds patience = usual_patience;
};

// Ended by itself, or by a signal.
class program {
 public:
  program(deployment& work, const std::string& config) : work_{work}, config_{config}, signals_{context_} {
    shaper::add_signals_to_end_by(signals_);
  }

  int run() {
    signals_.async_wait([this](boost::system::error_code failed, int number) {
      if (failed) return;
      signal_ = number;
      context_.stop();
    });
    asio::co_spawn(context_, work_.run(), [this](std::exception_ptr failed, bool done) {
      failed_ = failed;
      done_ = done;
      context_.stop();
    });
    context_.run();
    if (failed_) std::rethrow_exception(failed_);
    if (signal_ == 0) return done_ ? 0 : shaper::failed_at_run_time;
    for (const auto& line : work_.left_at()) complain(0, line);
    return complain(shaper::killed_by(signal_),
                    fmt::format("ended; 'mgc deploy {}' goes on from here", config_));
  }

 private:
  deployment& work_;
  const std::string& config_;
  asio::io_context context_{1};
  asio::signal_set signals_;
  std::exception_ptr failed_;
  bool done_ = false;
  int signal_ = 0;
};

std::string read_file(const std::string& option, const std::string& path) {
  const shaper::file_descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  const auto failed = errno;
  const auto refuse = [&](const std::string& why) {
    throw bad_configuration{{fmt::format("{} '{}': {}", option, proxy::for_log(path, 500), why)}};
  };
  if (file.get() < 0) refuse(std::error_code{failed, std::generic_category()}.message());
  auto text = proxy::read_whole_file(file.get(), longest_file);
  if (!text) refuse(text.error().message());
  return std::move(*text);
}

// The nodes that --only names; false: not all are meant.
bool keep_only(const std::vector<std::string>& wanted, deploy_settings& settings) {
  if (wanted.empty()) return true;
  const auto before = settings.nodes.size();
  for (const auto& name : wanted) {
    const auto is_it = [&](const auto& node) { return node.name() == name; };
    if (std::none_of(settings.nodes.begin(), settings.nodes.end(), is_it))
      throw bad_configuration{
          {fmt::format("--only '{}': CONFIG has no such node", proxy::for_log(name, 100))}};
  }
  std::erase_if(settings.nodes, [&](const auto& node) {
    return std::find(wanted.begin(), wanted.end(), node.name()) == wanted.end();
  });
  return settings.nodes.size() == before;
}

std::string login_of(const deploy_settings& settings) {
  if (settings.registry_login_file.empty()) return {};
  const auto text = read_file("docker_auth_file", settings.registry_login_file);
  auto login = registry_login(text, settings.nodes.front().container.image);
  if (login) return *login;
  throw bad_configuration{
      {fmt::format("docker_auth_file '{}': {}", proxy::for_log(settings.registry_login_file, 500),
                   proxy::for_log(login.error()))}};
}

int deploy(const deploy_options& options) {
  try {
    std::vector<std::string> problems;
    auto settings = read_deploy_settings(read_file("CONFIG", options.config), options.config, problems);
    if (!problems.empty()) throw bad_configuration{std::move(problems)};
    deploy_order order{options.dry_run, keep_only(options.only, settings), options.patience, options.config,
                       login_of(settings)};
    const auto tls = make_engine_tls(settings.tls);
    for (const auto& warning : settings.warnings) complain(0, "warning: " + warning);
    deployment work{settings,
                    order,
                    tls.get(),
                    {[](const std::string& line) { (void)shaper::print(line + "\n"); },
                     [](const std::string& line) { (void)complain(0, line); }}};
    return program{work, options.config}.run();
  } catch (const bad_configuration& wrong) {
    for (const auto& problem : wrong.problems()) complain(shaper::wrong_usage, problem);
    return shaper::wrong_usage;
  } catch (const std::exception& unexpected) {
    return complain(shaper::failed_at_run_time, unexpected.what());
  }
}

}  // namespace

int run_deploy(int argc, const char* const* argv) {
  shaper::set_up_process("mgc deploy");
  deploy_options options;
  std::string patience;
  CLI::App app{description, "mgc deploy"};
  app.footer(footer());
  app.add_option("CONFIG", options.config, "What is to be deployed, and where")
      ->required()
      ->type_name("FILE");
  app.add_flag("--dry-run", options.dry_run, "Look at the hosts and say what would be done; change nothing")
      ->disable_flag_override();
  app.add_option("--only", options.only,
                 "These nodes alone, parted by commas; their cluster's size is not waited for")
      ->type_name("NODES")
      ->delimiter(',');
  app.add_option("--timeout", patience, "How long the cluster is waited for; 0: not at all (default: 600)")
      ->type_name("SECONDS");
  try {
    shaper::parse(app, argc, argv);
    if (const auto given = shaper::to_seconds("--timeout", patience))
      options.patience = std::chrono::duration_cast<std::chrono::seconds>(*given);
  } catch (...) {
    return shaper::leave(shaper::to_early_exit(app));
  }
  return deploy(options);
}

}  // namespace mgc::orchestrator
