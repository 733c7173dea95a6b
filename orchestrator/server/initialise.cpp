#include "orchestrator/server/initialise.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/random.h>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <optional>

#include "orchestrator/server/init_scripts.hpp"
#include "orchestrator/server/new_datadir.hpp"
#include "orchestrator/server/output_file.hpp"
#include "orchestrator/server/temporary_server.hpp"
#include "orchestrator/server/text_lines.hpp"
#include "shaper/process.hpp"

namespace mgc::orchestrator {
namespace {

namespace asio = boost::asio;

std::string random_password() {
  std::string random(password_length, '\0');
  if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size()))
    throw std::runtime_error{"the kernel gives no random numbers"};
  return password_of(random);
}

asio::awaitable<answer<>> make_system_tables(const server_host& host, const std::string& directory,
                                             const output_file& said) {
  constexpr std::size_t lines_shown = 10;
  std::vector<std::string> words{"mariadb-install-db", "--defaults-file=" + host.settings.option_file};
  const auto user = server_os_user(host.settings);
  if (user == "root") words.emplace_back("--user=root");
  for (auto& word : words_for(host.settings, directory)) words.push_back(std::move(word));
  words.insert(words.end(), {"--skip-test-db", "--skip-name-resolve", "--force",
                             "--auth-root-authentication-method=socket", "--auth-root-socket-user=" + user});
  auto child = host.children.start(server_command(host, std::move(words), said.descriptor()));
  if (!child)
    co_return failure{fmt::format("mariadb-install-db cannot be started: {}", child.error().message())};
  const auto ended = co_await end_with_words(*child, said, "making the system tables");
  if (ended.good()) co_return done;
  co_return failure{fmt::format("mariadb-install-db failed ({}); the last lines of {}:{}", to_string(ended),
                                said.path(), last_lines(said.text(), lines_shown))};
}

// All that happens in the new directory. Its children have been told to end when this has thrown.
asio::awaitable<answer<>> fill(const server_host& host, const std::string& directory,
                               const std::string& root_password) {
  output_file said{host.settings.directories.logs + "/initialise.log"};
  if (!said.good()) co_return failure{said.problem()};
  if (auto made = co_await make_system_tables(host, directory, said); !made) co_return made;
  auto server = co_await temporary_server::start(host, directory, said);
  if (!server) co_return failure{server.error()};
  auto went = co_await server->execute(
      account_statements(host.settings.accounts, root_password, server_os_user(host.settings)));
  if (!went) co_return went;
  went = co_await run_init_scripts(host, temporary_server::socket_of(host.settings), said);
  if (!went) co_return went;
  co_return co_await server->stop();
}

}  // namespace

asio::awaitable<answer<>> initialise(const server_host& host) {
  const auto& accounts = host.settings.accounts;
  const bool generated = accounts.random_root_password && accounts.root_password.empty();
  const auto root_password = generated ? random_password() : accounts.root_password.reveal();
  spdlog::info("making a new data directory {}", host.settings.directories.data);
  auto fresh = new_datadir::make(host.settings);
  if (!fresh) co_return failure{fresh.error()};

  std::exception_ptr stopped;
  std::optional<answer<>> filled;
  try {
    filled = co_await fill(host, fresh->path(), root_password);
  } catch (...) {
    stopped = std::current_exception();
  }
  // Nobody may write there any more when it is removed, or renamed. That takes no time that anybody could want to cut short.
  // The state is the whole thread's: it is put back for what comes after.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await host.children.settled();
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  if (stopped) std::rethrow_exception(stopped);
  if (!*filled) co_return *filled;
  if (auto placed = fresh->put_in_place(); !placed) co_return placed;
  spdlog::info("the new data directory {} is complete", host.settings.directories.data);
  if (generated) shaper::print(fmt::format("GENERATED ROOT PASSWORD: {}\n", root_password));
  co_return done;
}

}  // namespace mgc::orchestrator
