#include "proxy/load_settings.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "proxy/option_file_reader.hpp"
#include "proxy/setting_lookup.hpp"
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
