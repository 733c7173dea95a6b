#include "orchestrator/config/prepare_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>

#include "orchestrator/config/bad_configuration.hpp"
#include "orchestrator/config/option_file_text.hpp"
#include "proxy/log_text.hpp"
#include "proxy/os_user.hpp"
#include "shaper/file_descriptor.hpp"

namespace mgc::orchestrator {
namespace {

constexpr mode_t of_directories = 0750;

std::string reason(int number) { return std::generic_category().message(number); }

[[noreturn]] void fail(std::string_view doing, const std::string& path, int number) {
  throw bad_configuration{{fmt::format("{} {}: {}", doing, proxy::for_log(path, 500), reason(number))}};
}

// Whom files are given to; unset: they stay ours.
std::optional<proxy::os_user> owner_of_files(const node_settings& settings) {
  if (settings.server_user.empty() || ::geteuid() != 0) return std::nullopt;
  auto found = proxy::find_os_user(settings.server_user);
  if (!found) {
    throw bad_configuration{
        {fmt::format("my_user='{}': there is no such user", proxy::for_log(settings.server_user, 100))}};
  }
  return found;
}

void give(int descriptor, const std::string& path, const std::optional<proxy::os_user>& to) {
  if (to && ::fchown(descriptor, to->user, to->group) != 0) fail("the owner cannot be set of", path, errno);
}

void make_directory(const std::string& path, const std::optional<proxy::os_user>& to, bool server_writes) {
  std::error_code failed;
  const bool is_new = std::filesystem::create_directories(path, failed);
  if (failed) fail("this directory cannot be made:", path, failed.value());
  const shaper::file_descriptor directory{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  struct ::stat status {};
  if (!directory || ::fstat(directory.get(), &status) != 0)
    fail("this directory cannot be opened:", path, errno);
  if (is_new && ::fchmod(directory.get(), of_directories) != 0)
    fail("the mode cannot be set of", path, errno);
  // Docker makes what it mounts, and makes it root's.
  if (is_new || (server_writes && status.st_uid == 0)) give(directory.get(), path, to);
}

// Replaces the file in one step; nobody but its owner ever reads it.
void write_file(const std::string& path, const std::string& text, const std::optional<proxy::os_user>& to) {
  const auto next = path + ".new";
  ::unlink(next.c_str());
  const shaper::file_descriptor file{
      ::open(next.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR)};
  if (!file) fail("this file cannot be written:", next, errno);
  give(file.get(), next, to);
  for (std::size_t at = 0; at < text.size();) {
    const auto written = ::write(file.get(), text.data() + at, text.size() - at);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("this file cannot be written:", next, errno);
    at += static_cast<std::size_t>(written);
  }
  if (::fsync(file.get()) != 0) fail("this file cannot be written:", next, errno);
  if (::rename(next.c_str(), path.c_str()) != 0) fail("this file cannot be replaced:", path, errno);
}

}  // namespace

void make_directories(const node_settings& settings) {
  const auto to = owner_of_files(settings);
  const auto& d = settings.directories;
  make_directory(d.base, to, false);
  for (const auto* const path : {&d.conf, &d.lock, &d.initdb}) make_directory(*path, to, false);
  for (const auto* const path : {&d.logs, &d.tmp, &d.run}) make_directory(*path, to, true);
  make_directory(std::filesystem::path{d.data}.parent_path().string(), to, false);
}

void make_data_directory(const node_settings& settings) {
  make_directory(settings.directories.data, owner_of_files(settings), true);
}

void write_option_files(const node_settings& settings) {
  const auto to = owner_of_files(settings);
  if (settings.operator_files) {
    const auto& conf = settings.directories.conf;
    return write_file(settings.option_file,
                      fmt::format("!include {}/server.cnf\n!include {}/wsrep.cnf\n", conf, conf), to);
  }
  if (!settings.cluster_secret.empty()) {
    write_file(settings.cluster_secret_file, settings.cluster_secret.reveal() + "\n", to);
  }
  write_file(settings.option_file, option_file_text(settings.options), to);
}

}  // namespace mgc::orchestrator
