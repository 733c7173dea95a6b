#include "orchestrator/election/journal_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <system_error>

#include "proxy/bad_setting.hpp"
#include "proxy/whole_file.hpp"
#include "shaper/file_descriptor.hpp"

namespace mgc::orchestrator {
namespace {

using proxy::last_error;

constexpr std::size_t longest_journal = 1 << 20;

proxy::error_code write_all(int descriptor, std::string_view contents) {
  while (!contents.empty()) {
    const auto written = ::write(descriptor, contents.data(), contents.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return last_error();
    contents.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

proxy::error_code sync_directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  const auto directory = slash == std::string::npos ? std::string{"."} : path.substr(0, slash + 1);
  const shaper::file_descriptor opened{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!opened || ::fsync(opened.get()) != 0) return last_error();
  return {};
}

}  // namespace

proxy::error_code replace_durably(const std::string& path, std::string_view contents, unsigned mode) {
  const auto fresh = path + ".new";
  {
    const shaper::file_descriptor file{
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)};
    if (!file) return last_error();
    if (::fchmod(file.get(), mode) != 0) return last_error();
    if (const auto failed = write_all(file.get(), contents)) return failed;
    if (::fsync(file.get()) != 0) return last_error();
  }
  if (std::rename(fresh.c_str(), path.c_str()) != 0) return last_error();
  return sync_directory_of(path);
}

std::string random_id(std::size_t bytes) {
  std::string random(bytes, '\0');
  if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size()))
    throw std::system_error{errno, std::system_category(), "no random numbers to be had"};
  std::string id;
  for (const char byte : random) id += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return id;
}

std::optional<journal> journal_file::read() const {
  const shaper::file_descriptor file{::open(path_.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file && errno == ENOENT) return std::nullopt;
  const auto refuse = [this](std::string_view why) -> proxy::bad_setting {
    return proxy::bad_setting{
        fmt::format("{}: {}. It holds what this node promised to others; if none of the cluster's nodes is "
                    "starting now, move it away",
                    path_, why)};
  };
  if (!file) throw refuse(last_error().message());
  const auto text = proxy::read_whole_file(file.get(), longest_journal);
  if (!text) throw refuse(text.error().message());
  auto read = parse_journal(*text);
  if (!read) throw refuse(read.error().text);
  return std::move(*read);
}

proxy::error_code journal_file::write(const journal& what) const {
  return replace_durably(path_, to_text(what));
}

}  // namespace mgc::orchestrator
