#include "orchestrator/server/server_version.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <array>
#include <charconv>

#include "orchestrator/server/durable_files.hpp"
#include "orchestrator/server/output_file.hpp"
#include "orchestrator/server/text_lines.hpp"

namespace mgc::orchestrator {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// From the beginning of the text.
std::optional<server_version> read_version(std::string_view text) {
  std::array<unsigned, 3> numbers{};
  const auto* at = text.data();
  const auto* const end = at + text.size();
  for (auto& number : numbers) {
    if (&number != numbers.data() && (at == end || *at++ != '.')) return std::nullopt;
    const auto [rest, failed] = std::from_chars(at, end, number);
    if (failed != std::errc{}) return std::nullopt;
    at = rest;
  }
  return server_version{numbers[0], numbers[1], numbers[2]};
}

}  // namespace

std::string to_string(const server_version& what) {
  return fmt::format("{}.{}.{}", what.major, what.minor, what.patch);
}

std::optional<server_version> find_version(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!is_digit(text[at]) || (at > 0 && (is_digit(text[at - 1]) || text[at - 1] == '.'))) continue;
    if (const auto found = read_version(text.substr(at))) return found;
  }
  return std::nullopt;
}

std::optional<server_version> version_of_data(const std::string& datadir) {
  for (const auto* const name : {"mariadb_upgrade_info", "mysql_upgrade_info"}) {
    const auto text = read_small_file(fmt::format("{}/{}", datadir, name));
    if (text) return find_version(*text);
  }
  return std::nullopt;
}

void note_version_of_data(const std::string& datadir, const server_version& what) {
  const auto path = datadir + "/mariadb_upgrade_info";
  if (const auto failed = replace_file(path, fmt::format("{}-MariaDB", to_string(what))))
    spdlog::warn("{} cannot be written: {}", path, failed.message());
}

boost::asio::awaitable<answer<server_version>> installed_version(const server_host& host) {
  const output_file said{host.settings.directories.logs + "/server-version.log"};
  if (!said.good()) co_return failure{said.problem()};
  const auto program = server_program(host.settings).front();
  auto child =
      host.children.start(client_command(host, {program, "--no-defaults", "--version"}, said.descriptor()));
  if (!child) co_return failure{fmt::format("{} cannot be started: {}", program, child.error().message())};
  const auto status = co_await child->ended();
  const auto version = find_version(said.text());
  if (!version)
    co_return failure{fmt::format("{} --version tells no version ({}):{}", program, to_string(status),
                                  last_lines(said.text(), 3))};
  co_return *version;
}

}  // namespace mgc::orchestrator
