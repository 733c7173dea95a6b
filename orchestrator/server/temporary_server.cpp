#include "orchestrator/server/temporary_server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <csignal>

#include "orchestrator/server/text_lines.hpp"
#include "proxy/os_user.hpp"
#include "proxy/server_connection.hpp"

namespace mgc::orchestrator {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::size_t lines_shown = 10;

// Where the option file puts something into DATADIR by its full path.
void move_paths(const node_settings& settings, const std::string& directory,
                std::vector<std::string>& words) {
  constexpr std::array<std::string_view, 4> paths{"innodb_data_home_dir", "innodb_log_group_home_dir",
                                                  "innodb_undo_directory", "aria_log_dir_path"};
  const auto& data = settings.directories.data;
  for (const auto& option : settings.options) {
    if (std::find(paths.begin(), paths.end(), option.name) == paths.end() || !option.value.starts_with(data))
      continue;
    const auto rest = option.value.substr(data.size());
    if (rest.empty() || rest.front() == '/')
      words.push_back(fmt::format("--{}={}{}", option.name, directory, rest));
  }
}

answer<> execute_all(const std::string& socket, const std::vector<account_statement>& statements) {
  constexpr auto patience = 60s;
  proxy::server_connection server{{socket, proxy::own_os_user(), {}}, patience};
  for (const auto& [purpose, text] : statements) {
    const auto made = server.query(text, purpose);
    if (!made) return failure{made.error().text};
  }
  return done;
}

}  // namespace

std::vector<std::string> words_for(const node_settings& settings, const std::string& directory) {
  std::vector<std::string> words{"--datadir=" + directory};
  move_paths(settings, directory, words);
  words.insert(words.end(), {"--wsrep-on=OFF", "--wsrep-provider=none", "--skip-networking",
                             "--skip-log-error", "--skip-log-bin"});
  return words;
}

std::string temporary_server::socket_of(const node_settings& settings) {
  return settings.directories.run + "/initialise.sock";
}

asio::awaitable<answer<temporary_server>> temporary_server::start(const server_host& host,
                                                                  const std::string& directory,
                                                                  const output_file& said) {
  const auto socket = socket_of(host.settings);
  auto words = server_program(host.settings);
  for (auto& word : words_for(host.settings, directory)) words.push_back(std::move(word));
  // The time zones of the option file may be among those that init scripts load.
  words.insert(words.end(), {"--socket=" + socket, "--pid-file=" + directory + "/mgc.pid",
                             "--default-time-zone=SYSTEM", "--skip-slave-start", "--skip-slow-query-log",
                             "--skip-general-log", "--event-scheduler=OFF", "--read-only=OFF"});
  auto child = host.children.start(server_command(host, words, said.descriptor()));
  if (!child)
    co_return failure{fmt::format("{} cannot be started: {}", words.front(), child.error().message())};
  host.lock.name_holder(child->pid());
  temporary_server server{*std::move(child), socket};
  asio::steady_timer timer{co_await asio::this_coro::executor};
  while (!co_await server.answers()) {
    if (const auto ended = server.child_.status())
      co_return failure{
          fmt::format("the server on the new data directory ended ({}); the last lines of {}:{}",
                      to_string(*ended), said.path(), last_lines(said.text(), lines_shown))};
    timer.expires_after(100ms);
    co_await timer.async_wait(asio::use_awaitable);
  }
  co_return answer<temporary_server>{done, std::move(server)};
}

asio::awaitable<bool> temporary_server::answers() {
  co_return co_await asio::co_spawn(
      *thread_,
      [](std::string socket) -> asio::awaitable<bool> {
        proxy::server_connection server{{std::move(socket), proxy::own_os_user(), {}}};
        co_return server.query("DO 1").has_value();
      }(socket_),
      asio::use_awaitable);
}

asio::awaitable<answer<>> temporary_server::execute(const std::vector<account_statement>& statements) {
  co_return co_await asio::co_spawn(
      *thread_,
      [](std::string socket, std::vector<account_statement> all) -> asio::awaitable<answer<>> {
        co_return execute_all(socket, all);
      }(socket_, statements),
      asio::use_awaitable);
}

asio::awaitable<answer<>> temporary_server::stop() {
  child_.signal(SIGTERM);
  const auto ended = co_await child_.ended();
  if (ended.good()) co_return done;
  co_return failure{
      fmt::format("the server on the new data directory did not end well: {}", to_string(ended))};
}

}  // namespace mgc::orchestrator
