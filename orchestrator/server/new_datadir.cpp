#include "orchestrator/server/new_datadir.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "orchestrator/server/durable_files.hpp"
#include "orchestrator/server/text_lines.hpp"
#include "proxy/os_user.hpp"

namespace mgc::orchestrator {
namespace {

namespace fs = std::filesystem;

constexpr mode_t mode_of_data = 0700;

// A link to the directory is the directory. One that is not there yet stays as it is written.
fs::path place_of(const node_settings& settings) {
  fs::path path{settings.directories.data};
  if (path.filename().empty()) path = path.parent_path();
  std::error_code unknown;
  const auto real = fs::canonical(path, unknown);
  return unknown ? path : real;
}

// Also of a bind mount, whose device is that of its parent.
bool is_mount_point(const fs::path& directory) {
  struct statx about {};
  constexpr auto flag = static_cast<decltype(about.stx_attributes)>(STATX_ATTR_MOUNT_ROOT);
  if (::statx(AT_FDCWD, directory.c_str(), 0, STATX_BASIC_STATS, &about) == 0 &&
      (about.stx_attributes_mask & flag) != 0)
    return (about.stx_attributes & flag) != 0;
  struct stat mine {};
  struct stat above {};
  return ::stat(directory.c_str(), &mine) == 0 && ::stat(directory.parent_path().c_str(), &above) == 0 &&
         mine.st_dev != above.st_dev;
}

std::optional<std::string> own(const fs::path& path, const std::string& user) {
  if (::geteuid() != 0 || user.empty()) return {};
  const auto owner = proxy::find_os_user(user);
  if (!owner) return "there is no user " + user;
  if (::chown(path.c_str(), owner->user, owner->group) == 0) return {};
  return proxy::last_error().message();
}

void remove_tree(const fs::path& path) {
  std::error_code failed;
  fs::remove_all(path, failed);
  if (failed) spdlog::warn("{} cannot be removed: {}", path.string(), failed.message());
}

void remove_stale(const fs::path& directory, const std::string& stem) {
  std::error_code ignored;
  std::vector<fs::path> stale;
  for (const auto& entry : fs::directory_iterator{directory, ignored}) {
    if (entry.path().filename().string().starts_with(stem)) stale.push_back(entry.path());
  }
  for (const auto& path : stale) {
    spdlog::info("{}: left by an initialisation that did not end; removed", path.string());
    remove_tree(path);
  }
}

std::string stem_beside(const fs::path& place) { return place.filename().string() + ".new-"; }
constexpr auto stem_inside = ".mgc-new-";

answer<> undo_half_move(const fs::path& place) {
  const auto marker = place / incomplete_marker;
  const auto list = read_small_file(marker);
  if (!list) {
    if (list.error() == boost::system::errc::no_such_file_or_directory) return done;
    return failure{fmt::format("{} cannot be read: {}", marker.string(), list.error().message())};
  }
  spdlog::info("{}: what an initialisation has left that did not end is removed", place.string());
  for (const auto name : lines_of(*list)) {
    if (name.empty() || name == "." || name == ".." || name.find('/') != std::string_view::npos) continue;
    std::error_code failed;
    fs::remove_all(place / name, failed);
    if (failed)
      return failure{fmt::format("{} cannot be removed: {}", (place / name).string(), failed.message())};
  }
  if (const auto failed = remove_file(marker))
    return failure{fmt::format("{} cannot be removed: {}", marker.string(), failed.message())};
  return done;
}

answer<> clear_leftovers(const fs::path& place) {
  remove_stale(place.parent_path(), stem_beside(place));
  remove_stale(place, stem_inside);
  return undo_half_move(place);
}

bool must_be_inside(const fs::path& place) {
  std::error_code ignored;
  return fs::exists(place, ignored) && (!fs::is_empty(place, ignored) || is_mount_point(place) ||
                                        ::access(place.parent_path().c_str(), W_OK | X_OK) != 0);
}

}  // namespace

answer<> make_empty_datadir(const node_settings& settings) {
  const auto place = place_of(settings);
  if (::mkdir(place.c_str(), mode_of_data) != 0 && errno != EEXIST)
    return failure{fmt::format("{} cannot be made: {}", place.string(), proxy::last_error().message())};
  if (auto cleared = clear_leftovers(place); !cleared) return cleared;
  if (const auto failed = own(place, settings.server_user))
    return failure{fmt::format("{} cannot be given to the server's user: {}", place.string(), *failed)};
  return done;
}

answer<new_datadir> new_datadir::make(const node_settings& settings) {
  const auto place = place_of(settings);
  if (auto cleared = clear_leftovers(place); !cleared) return failure{cleared.error()};
  const bool inside = must_be_inside(place);
  auto path = (inside ? place / stem_inside : place.parent_path() / stem_beside(place)).string() + "XXXXXX";
  if (::mkdtemp(path.data()) == nullptr)
    return failure{fmt::format("{} cannot be made: {}", path, proxy::last_error().message())};
  new_datadir made{path, place.string(), inside};
  for (const auto& owned : inside ? std::vector{fs::path{path}, place} : std::vector{fs::path{path}}) {
    if (const auto failed = own(owned, settings.server_user))
      return failure{fmt::format("{} cannot be given to the server's user: {}", owned.string(), *failed)};
  }
  return {done, std::move(made)};
}

new_datadir::new_datadir(new_datadir&& other) noexcept
    : path_{std::exchange(other.path_, {})}, target_{std::move(other.target_)}, inside_{other.inside_} {}

new_datadir::~new_datadir() {
  if (!path_.empty()) remove_tree(path_);
}

answer<> new_datadir::put_in_place() {
  if (const auto failed = sync_all(path_))
    return failure{fmt::format("{} cannot be written to disk: {}", path_, failed.message())};
  if (inside_) {
    if (auto moved = move_up(); !moved) return moved;
  } else if (::rename(path_.c_str(), target_.c_str()) != 0) {
    return failure{
        fmt::format("{} cannot be renamed to {}: {}", path_, target_, proxy::last_error().message())};
  }
  path_.clear();
  const auto failed = sync_directory(fs::path{target_}.parent_path());
  if (failed)
    spdlog::warn("{} cannot be synced: {}", fs::path{target_}.parent_path().string(), failed.message());
  return done;
}

// The marker first, and all that a failure in between leaves behind is known by it.
answer<> new_datadir::move_up() const {
  const fs::path target{target_};
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator{path_}) names.push_back(entry.path().filename().string());
  std::partition(names.begin(), names.end(), [](const std::string& name) { return name != "mysql"; });
  std::string list;
  for (const auto& name : names) {
    if (fs::exists(fs::symlink_status(target / name)))
      return failure{fmt::format("{} is in the way of a new data directory", (target / name).string())};
    list += name + '\n';
  }
  const auto marker = target / incomplete_marker;
  auto failed = write_new_file(marker, list);
  for (const auto& name : names) {
    if (!failed && ::rename((fs::path{path_} / name).c_str(), (target / name).c_str()) != 0)
      failed = proxy::last_error();
  }
  if (!failed) failed = sync_directory(target_);
  if (!failed) {
    remove_tree(path_);
    failed = remove_file(marker);
  }
  if (!failed) return done;
  (void)undo_half_move(target);
  return failure{fmt::format("the files of {} cannot be moved to {}: {}", path_, target_, failed.message())};
}

}  // namespace mgc::orchestrator
