#include "orchestrator/server/position_recovery.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "orchestrator/server/durable_files.hpp"
#include "orchestrator/server/output_file.hpp"
#include "orchestrator/server/text_lines.hpp"

namespace mgc::orchestrator {
namespace {

namespace asio = boost::asio;

struct attempt {
  proxy::exit_status status;
  recovery_words said;
  std::string last_lines;
};

std::vector<std::string> recovery_program(const node_settings& settings) {
  auto words = server_program(settings);
  words.insert(words.end(), settings.program_words.begin(), settings.program_words.end());
  words.insert(words.end(), {"--wsrep-recover", "--skip-log-error", "--skip-networking"});
  return words;
}

asio::awaitable<answer<attempt>> try_once(const server_host& host, std::vector<std::string> words) {
  constexpr std::size_t lines_shown = 10;
  const output_file log{host.settings.directories.logs + "/wsrep-recover.log"};
  if (!log.good()) co_return failure{log.problem()};
  auto started = host.children.start(server_command(host, words, log.descriptor()));
  if (!started)
    co_return failure{fmt::format("{} cannot be started: {}", words.front(), started.error().message())};
  host.lock.name_holder(started->pid());
  const auto status = co_await end_with_words(*started, log, "recovering the position after a crash");
  const auto text = log.text();
  co_return attempt{status, read_recovery_log(text), last_lines(text, lines_shown)};
}

std::string no_position(const node_settings& settings, const attempt& last) {
  if (last.said.galera_is_off)
    return fmt::format("mariadbd --wsrep-recover does not tell the position, because wsrep_on is off in {}",
                       settings.option_file);
  return fmt::format(
      "mariadbd --wsrep-recover does not tell the position ({}); the last lines of {}/wsrep-recover.log:{}",
      to_string(last.status), settings.directories.logs, last.last_lines);
}

}  // namespace

asio::awaitable<answer<recovered_position>> recover_position(const server_host& host) {
  const auto words = recovery_program(host.settings);
  auto last = co_await try_once(host, words);
  if (!last) co_return failure{last.error()};
  if (!last->said.position && last->said.prepared_transactions) {
    spdlog::warn(
        "the data has transactions that were prepared and never decided, and what would decide them (tc.log "
        "or "
        "the binary log) is gone; they are rolled back");
    auto rolling_back = words;
    rolling_back.emplace_back("--tc-heuristic-recover=rollback");
    last = co_await try_once(host, rolling_back);
    if (last && !last->said.position) last = co_await try_once(host, words);
    if (!last) co_return failure{last.error()};
  }
  if (!last->said.position) co_return failure{no_position(host.settings, *last)};
  co_return *last->said.position;
}

}  // namespace mgc::orchestrator
