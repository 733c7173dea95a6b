#include "orchestrator/server/upgrade.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "orchestrator/server/durable_files.hpp"
#include "orchestrator/server/output_file.hpp"
#include "orchestrator/server/server_login.hpp"
#include "orchestrator/server/text_lines.hpp"
#include "proxy/os_user.hpp"

namespace mgc::orchestrator {
namespace {

namespace asio = boost::asio;

// Which login the server takes, asked on a thread of its own.
asio::awaitable<answer<proxy::server_login>> find_login(const node_settings& settings) {
  asio::thread_pool thread{1};
  co_return co_await asio::co_spawn(
      thread,
      [](const node_settings& of) -> asio::awaitable<answer<proxy::server_login>> {
        local_server server{of};
        const auto answered = server.query("DO 1");
        if (!answered) co_return failure{answered.error().text};
        co_return server.login();
      }(settings),
      asio::use_awaitable);
}

// For a value of an option file, between double quotes.
std::string in_option_file(const std::string& text) {
  std::string safe = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') safe += '\\';
    safe += c;
  }
  return safe + "\"";
}

// The login as an option file: no password may stand in a command line. It goes with this object.
class login_file {
 public:
  login_file(const node_settings& settings, const proxy::server_login& login)
      : path_{settings.directories.run + "/upgrade.cnf"} {
    auto text = fmt::format("[client]\nprotocol=socket\nsocket={}\nuser={}\n", in_option_file(login.socket),
                            in_option_file(login.user));
    if (!login.password.empty()) text += fmt::format("password={}\n", in_option_file(login.password));
    problem_ = remove_file(path_);
    if (!problem_) problem_ = write_private_file(path_, text);
  }
  login_file(const login_file&) = delete;
  login_file& operator=(const login_file&) = delete;
  ~login_file() { ::unlink(path_.c_str()); }

  const std::string& path() const { return path_; }
  const proxy::error_code& problem() const { return problem_; }

 private:
  std::string path_;
  proxy::error_code problem_;
};

// mariadb-upgrade runs as us, whom the server lets in; what it has noted is the server's all the same.
void give_marker_to_server(const node_settings& settings) {
  const auto owner = ::geteuid() == 0 ? proxy::find_os_user(settings.server_user) : std::nullopt;
  if (!owner) return;
  for (const auto* const name : {"mariadb_upgrade_info", "mysql_upgrade_info"}) {
    const auto path = fmt::format("{}/{}", settings.directories.data, name);
    if (::lchown(path.c_str(), owner->user, owner->group) != 0 && errno != ENOENT)
      spdlog::warn("{} cannot be given to the server's user: {}", path, proxy::last_error().message());
  }
}

asio::awaitable<answer<bool>> run_upgrade(const server_host& host, proxy::server_login login) {
  constexpr std::size_t lines_shown = 10;
  const login_file options{host.settings, login};
  if (options.problem())
    co_return failure{fmt::format("{} cannot be written: {}", options.path(), options.problem().message())};
  const output_file said{host.settings.directories.logs + "/upgrade.log"};
  if (!said.good()) co_return failure{said.problem()};
  std::vector<std::string> words;
  words.emplace_back("mariadb-upgrade");
  words.push_back("--defaults-file=" + options.path());
  words.emplace_back("--skip-write-binlog");
  words.emplace_back("--verbose");
  auto what = client_command(host, std::move(words), said.descriptor());
  what.user.clear();
  auto child = host.children.start(what);
  if (!child)
    co_return failure{fmt::format("mariadb-upgrade cannot be started: {}", child.error().message())};
  const auto ended = co_await end_with_words(*child, said, "upgrading the system tables");
  give_marker_to_server(host.settings);
  if (ended.good()) co_return true;
  co_return failure{fmt::format("mariadb-upgrade failed ({}); the last lines of {}:{}", to_string(ended),
                                said.path(), last_lines(said.text(), lines_shown))};
}

}  // namespace

bool needs_upgrade(const std::optional<server_version>& data, const server_version& program) {
  return !data || data->series() < program.series();
}

asio::awaitable<answer<bool>> upgrade(const server_host& host) {
  const auto program = co_await installed_version(host);
  if (!program) co_return failure{program.error()};
  const auto data = version_of_data(host.settings.directories.data);
  if (!needs_upgrade(data, *program)) co_return false;
  const auto login = co_await find_login(host.settings);
  if (!login) co_return failure{login.error()};
  spdlog::info("the system tables are those of {}, the server is {}: mariadb-upgrade runs",
               data ? to_string(*data) : "a version that nobody noted", to_string(*program));
  auto upgraded = co_await run_upgrade(host, *login);
  if (upgraded) spdlog::info("the system tables are those of {} now", to_string(*program));
  co_return upgraded;
}

}  // namespace mgc::orchestrator
