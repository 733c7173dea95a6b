// What the server does, found out with my_print_defaults of 10.11:
// - An !include that cannot be opened is ignored; a directory that cannot be is an error. Of a directory, the files *.cnf
//   are read in the order of their bytes, hidden ones too.
// - Files include each other ten deep, then the directive is skipped.

#include "proxy/option_file_reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "proxy/bad_setting.hpp"
#include "proxy/error.hpp"
#include "proxy/log_text.hpp"
#include "proxy/whole_file.hpp"
#include "shaper/file_descriptor.hpp"

namespace mgc::proxy {
namespace {

constexpr unsigned deepest_include = 10;
constexpr std::size_t most_files = 1000;
constexpr std::size_t largest_file = std::size_t{16} << 20;

std::string reason(int number) { return std::generic_category().message(number); }

enum class presence { required, expected, possible };

class file_reader {
 public:
  explicit file_reader(std::string home) : home_{std::move(home)} {}

  void read(const std::string& path, presence wanted, unsigned depth = 0) {
    if (++files_ > most_files) {
      throw bad_setting{
          fmt::format("{}: {}", for_log(path, 500), make_error_code(error::option_file_too_deep).message())};
    }
    const auto text = contents(path, wanted);
    if (!text) return;
    for (auto& item : parse_option_file(*text, path)) {
      if (auto* const o = std::get_if<option>(&item)) {
        files.options.push_back(std::move(*o));
      } else {
        include(std::get<include_directive>(item), path, depth);
      }
    }
  }

  option_files files;

 private:
  void include(const include_directive& directive, const std::string& from, unsigned depth) {
    if (depth == deepest_include) {
      note(directive.path, fmt::format("not read: {}, line {}, is the last of {} that include each other",
                                       from, directive.line, deepest_include));
      return;
    }
    auto path = directive.path;
    if (path.starts_with("~/") && !home_.empty()) path.replace(0, 1, home_);
    if (!directive.directory) return read(path, presence::expected, depth + 1);
    std::vector<std::string> names;
    std::error_code failed;
    std::filesystem::directory_iterator entry{path, failed};
    for (; !failed && entry != std::filesystem::directory_iterator{}; entry.increment(failed)) {
      if (auto name = entry->path().filename().string(); name.ends_with(".cnf"))
        names.push_back(std::move(name));
    }
    if (failed) {
      throw bad_setting{fmt::format("{}, line {}: the directory {} cannot be read: {}", from, directive.line,
                                    for_log(path, 500), failed.message())};
    }
    std::sort(names.begin(), names.end());
    for (const auto& name : names) {
      read(fmt::format("{}{}{}", path, path.ends_with('/') ? "" : "/", name), presence::expected, depth + 1);
    }
  }

  std::optional<std::string> contents(const std::string& path, presence wanted) {
    const shaper::file_descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
    struct ::stat status {};
    if (!file || ::fstat(file.get(), &status) != 0) {
      const int why = errno;
      if (wanted == presence::required) {
        throw bad_setting{
            fmt::format("the option file {} cannot be read: {}", for_log(path, 500), reason(why))};
      }
      if (wanted == presence::expected || why != ENOENT) note(path, "not read: " + reason(why));
      return std::nullopt;
    }
    if (!S_ISREG(status.st_mode)) {
      note(path, "not read: it is not a file");
      return std::nullopt;
    }
    if ((status.st_mode & S_IWOTH) != 0) {
      note(path, "ignored, as the server does: everybody may write it (chmod o-w makes it count)");
      return std::nullopt;
    }
    auto text = read_whole_file(file.get(), largest_file);
    if (!text) {
      throw bad_setting{
          fmt::format("the option file {} cannot be read: {}", for_log(path, 500), text.error().message())};
    }
    return std::move(*text);
  }

  void note(const std::string& path, const std::string& what) {
    files.notes.push_back(fmt::format("option file {}: {}", for_log(path, 500), what));
  }

  std::string home_;
  std::size_t files_ = 0;
};

}  // namespace

option_files read_option_files(const option_file_list& list) {
  file_reader reader{list.home};
  if (!list.defaults_file.empty()) {
    reader.read(list.defaults_file, presence::required);
    return std::move(reader.files);
  }
  reader.read("/etc/my.cnf", presence::possible);
  reader.read("/etc/mysql/my.cnf", presence::possible);
  if (!list.server_home.empty()) reader.read(list.server_home + "/my.cnf", presence::possible);
  if (!list.defaults_extra_file.empty()) reader.read(list.defaults_extra_file, presence::required);
  if (!list.home.empty()) reader.read(list.home + "/.my.cnf", presence::possible);
  return std::move(reader.files);
}

}  // namespace mgc::proxy
