#include "orchestrator/server/init_scripts.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "orchestrator/server/init_script.hpp"
#include "orchestrator/server/text_lines.hpp"
#include "shaper/file_descriptor.hpp"
#include "shaper/overloaded.hpp"

namespace mgc::orchestrator {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using shaper::file_descriptor;

// By their names; those that are files, or links to such.
answer<std::vector<fs::path>> files_in(const std::string& directory) {
  std::vector<fs::path> files;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator{directory, failed}) {
    std::error_code ignored;
    if (entry.is_regular_file(ignored)) files.push_back(entry.path());
  }
  if (failed && failed != std::errc::no_such_file_or_directory)
    return failure{fmt::format("{} cannot be read: {}", directory, failed.message())};
  std::sort(files.begin(), files.end());
  return {done, std::move(files)};
}

class runner {
 public:
  runner(const server_host& host, std::string socket, output_file& said)
      : host_{host}, socket_{std::move(socket)}, said_{said} {}

  asio::awaitable<answer<>> run(fs::path file) {
    said_.begin_part();
    const auto what = script_of(file.filename().string());
    if (std::holds_alternative<configuration_file>(what)) co_return done;
    if (std::holds_alternative<other_file>(what)) {
      spdlog::info("{}: skipped; only .sh, .sql, .sql.gz, .sql.xz and .sql.zst are run", file.string());
      co_return done;
    }
    spdlog::info("running {}", file.string());
    if (const auto* const sql = std::get_if<sql_script>(&what))
      co_return co_await feed(file, sql->decompressor);
    co_return co_await execute(file);
  }

 private:
  failure failed(const fs::path& file, std::string_view how) const {
    constexpr std::size_t lines_shown = 10;
    return {fmt::format("{} failed ({}); nothing is kept of the new data directory. Its last lines:{}",
                        file.string(), how, last_lines(said_.text(), lines_shown))};
  }

  asio::awaitable<answer<>> execute(fs::path file) {
    struct stat about {};
    constexpr mode_t executable = 0111;
    const bool by_itself = ::stat(file.c_str(), &about) == 0 && (about.st_mode & executable) != 0;
    auto what = client_command(
        host_, by_itself ? std::vector{file.string()} : std::vector<std::string>{"/bin/sh", file.string()},
        said_.descriptor());
    what.environment->push_back("MGC_SOCKET=" + socket_);
    what.environment->push_back("MGC_DATABASE=" + host_.settings.accounts.database);
    auto child = host_.children.start(what);
    if (!child) co_return failed(file, child.error().message());
    const auto ended = co_await end_with_words(*child, said_, file.string());
    if (!ended.good()) co_return failed(file, to_string(ended));
    co_return done;
  }

  proxy::command client(int input) const {
    std::vector<std::string> words{"mariadb",
                                   "--no-defaults",
                                   "--protocol=socket",
                                   "--socket=" + socket_,
                                   "--user=" + server_os_user(host_.settings),
                                   "--default-character-set=utf8mb4"};
    if (!host_.settings.accounts.database.empty())
      words.push_back("--database=" + host_.settings.accounts.database);
    auto what = client_command(host_, std::move(words), said_.descriptor());
    what.input = input;
    return what;
  }

  asio::awaitable<answer<>> feed(fs::path file, std::string decompressor) {
    file_descriptor input{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!input) co_return failed(file, proxy::last_error().message());
    if (decompressor.empty()) {
      auto child = host_.children.start(client(input.get()));
      if (!child) co_return failed(file, fmt::format("mariadb: {}", child.error().message()));
      const auto ended = co_await end_with_words(*child, said_, file.string());
      if (!ended.good()) co_return failed(file, to_string(ended));
      co_return done;
    }
    co_return co_await feed_through(std::move(file), std::move(decompressor), std::move(input));
  }

  asio::awaitable<answer<>> feed_through(fs::path file, std::string decompressor, file_descriptor input) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) co_return failed(file, proxy::last_error().message());
    file_descriptor reading{ends[0]};
    file_descriptor writing{ends[1]};
    auto unpacking = client_command(host_, {decompressor, "-dc"}, said_.descriptor());
    unpacking.input = input.get();
    unpacking.output = writing.get();
    auto unpacker = host_.children.start(unpacking);
    if (!unpacker)
      co_return failed(file,
                       fmt::format("{}: {}; is it installed?", decompressor, unpacker.error().message()));
    auto child = host_.children.start(client(reading.get()));
    if (!child) co_return failed(file, fmt::format("mariadb: {}", child.error().message()));
    reading = file_descriptor{};
    writing = file_descriptor{};
    const auto ended = co_await end_with_words(*child, said_, file.string());
    const auto unpacked = co_await unpacker->ended();
    if (!ended.good()) co_return failed(file, to_string(ended));
    if (!unpacked.good()) co_return failed(file, fmt::format("{}: {}", decompressor, to_string(unpacked)));
    co_return done;
  }

  const server_host& host_;
  std::string socket_;
  output_file& said_;
};

}  // namespace

asio::awaitable<answer<>> run_init_scripts(const server_host& host, std::string socket, output_file& said) {
  const auto files = files_in(host.settings.directories.initdb);
  if (!files) co_return failure{files.error()};
  runner scripts{host, std::move(socket), said};
  for (const auto& file : *files) {
    if (auto ran = co_await scripts.run(file); !ran) co_return ran;
  }
  co_return done;
}

}  // namespace mgc::orchestrator
