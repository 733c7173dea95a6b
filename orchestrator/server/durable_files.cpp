#include "orchestrator/server/durable_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "proxy/whole_file.hpp"
#include "shaper/file_descriptor.hpp"

namespace mgc::orchestrator {
namespace {

using proxy::error_code;
using proxy::last_error;
using shaper::file_descriptor;

constexpr mode_t mode_of_new_files = 0640;

std::string directory_of(const std::string& path) {
  return std::filesystem::path{path}.parent_path().string();
}

error_code write_all(const file_descriptor& file, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(file.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return last_error();
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(file.get()) == 0 ? error_code{} : last_error();
}

// As `like` owns its own.
error_code write_owned_file(const std::string& path, std::string_view text, const struct stat& like,
                            mode_t mode) {
  const file_descriptor file{
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)};
  if (!file) return last_error();
  if (::geteuid() == 0 && ::fchown(file.get(), like.st_uid, like.st_gid) != 0) return last_error();
  if (::fchmod(file.get(), mode) != 0) return last_error();
  return write_all(file, text);
}

}  // namespace

proxy::result<std::string> read_small_file(const std::string& path) {
  constexpr std::size_t most = 1 << 20;
  const file_descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!file) return last_error();
  return proxy::read_whole_file(file.get(), most);
}

error_code replace_file(const std::string& path, std::string_view text) {
  constexpr mode_t permissions = 07777;
  struct stat before {};
  if (::lstat(path.c_str(), &before) != 0) {
    if (errno != ENOENT || ::stat(directory_of(path).c_str(), &before) != 0) return last_error();
    before.st_mode = mode_of_new_files;
  }
  const auto fresh = path + ".mgc-new";
  if (const auto failed = remove_file(fresh)) return failed;
  auto failed = write_owned_file(fresh, text, before, before.st_mode & permissions);
  if (!failed && ::rename(fresh.c_str(), path.c_str()) != 0) failed = last_error();
  if (!failed) return sync_directory(directory_of(path));
  ::unlink(fresh.c_str());
  return failed;
}

error_code write_new_file(const std::string& path, std::string_view text) {
  struct stat directory {};
  if (::stat(directory_of(path).c_str(), &directory) != 0) return last_error();
  if (const auto failed = write_owned_file(path, text, directory, mode_of_new_files)) return failed;
  return sync_directory(directory_of(path));
}

error_code write_private_file(const std::string& path, std::string_view text) {
  constexpr mode_t mode = 0600;
  const file_descriptor file{
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)};
  return file ? write_all(file, text) : last_error();
}

error_code remove_file(const std::string& path) {
  if (::unlink(path.c_str()) == 0) return sync_directory(directory_of(path));
  return errno == ENOENT ? error_code{} : last_error();
}

error_code sync_directory(const std::string& path) {
  const file_descriptor directory{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!directory || ::fsync(directory.get()) != 0) return last_error();
  return {};
}

error_code sync_all(const std::string& path) {
  const file_descriptor directory{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!directory || ::syncfs(directory.get()) != 0) return last_error();
  return {};
}

}  // namespace mgc::orchestrator
