#include "proxy/load_settings.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "proxy/option_file_reader.hpp"
#include "proxy/setting_lookup.hpp"
#include "proxy/transfer_address.hpp"
#include "proxy/whole_file.hpp"
#include "shaper/file_descriptor.hpp"

namespace mgc::proxy {
namespace {

constexpr std::size_t largest_small_file = 65536;

std::string variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): at start, one thread
  return value == nullptr ? "" : value;
}

result<std::string> read_small_file(const std::string& path) {
  const shaper::file_descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (!file) return last_error();
  return read_whole_file(file.get(), largest_small_file);
}

error_code check_readable(const std::string& path) {
  return ::access(path.c_str(), R_OK) == 0 ? error_code{} : last_error();
}

bool is_directory(const std::string& path) {
  std::error_code failed;
  return std::filesystem::is_directory(path, failed);
}

// To its end, or to what of it there is after `patience`, or to `most` bytes.
std::string read_pipe(int descriptor, std::size_t most, std::chrono::milliseconds patience) {
  std::string text;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (text.size() < most) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd ready{.fd = descriptor, .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) <= 0) {
      if (left.count() > 0 && errno == EINTR) continue;
      break;
    }
    std::array<char, 4096> piece{};
    const auto got = ::read(descriptor, piece.data(), std::min(piece.size(), most - text.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
  return text;
}

option_files read_files(const sst_arguments& arguments, const sst_environment& environment) {
  const auto& server = arguments.server_arguments;
  if (!server.empty() && server.front() == "--no-defaults") return {};  // as the server itself does
  return read_option_files({.defaults_file = arguments.defaults_file,
                            .server_home = environment.server_home,
                            .defaults_extra_file = arguments.defaults_extra_file,
                            .home = environment.home});
}

}  // namespace

sst_environment read_sst_environment() {
  sst_environment environment;
  environment.authentication = variable("WSREP_SST_OPT_AUTH");
  environment.remote_authentication = variable("WSREP_SST_OPT_REMOTE_AUTH");
  environment.innodb_data_home_dir = variable("INNODB_DATA_HOME_DIR");
  environment.server_home = variable("MARIADB_HOME");
  if (environment.server_home.empty()) environment.server_home = variable("MYSQL_HOME");
  environment.home = variable("HOME");
  return environment;
}

std::string read_remote_authentication(const sst_environment& environment, int standard_input) {
  if (!environment.remote_authentication.empty()) return environment.remote_authentication;
  struct stat status {};
  if (::fstat(standard_input, &status) != 0 || !S_ISFIFO(status.st_mode)) return {};
  return remote_authentication_in(read_pipe(standard_input, largest_small_file, std::chrono::seconds{10}));
}

sst_settings load_settings(const sst_arguments& arguments, const sst_environment& environment) {
  return resolve_settings(arguments, read_files(arguments, environment), environment,
                          {.read = read_small_file, .check = check_readable, .is_directory = is_directory});
}

std::string configured_budget_file() {
  const auto files = read_files({}, read_sst_environment());
  const auto found = setting_lookup{files.options, ""}.mgc("transfer-budget");
  return found ? found->value.value_or("") : "";
}

configured_limit configured_transfer_limit() {
  const auto files = read_files({}, read_sst_environment());
  setting_lookup lookup{files.options, ""};
  return read_limit(lookup);
}

}  // namespace mgc::proxy
