#include "proxy/node_budget.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <optional>
#include <tuple>

#include "proxy/os_user.hpp"

namespace mgc::proxy {
namespace {

namespace errc = boost::system::errc;
namespace fs = std::filesystem;
using shaper::shared_budget;

std::optional<struct stat> look_at(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return std::nullopt;
  return status;
}

bool is_directory(const std::string& path) {
  const auto status = look_at(path);
  return status && S_ISDIR(status->st_mode);
}

std::string directory_of(const std::string& file) {
  const auto parent = fs::path{file}.parent_path().string();
  return parent.empty() ? "." : parent;
}

std::string user_name(uid_t id) {
  const auto found = find_os_user(id);
  return found ? found->name : std::to_string(id);
}

std::string group_name(gid_t id) {
  group entry{};
  group* found = nullptr;
  std::array<char, 4096> memory{};
  const bool known = ::getgrgid_r(id, &entry, memory.data(), memory.size(), &found) == 0 && found != nullptr;
  return known ? entry.gr_name : std::to_string(id);
}

std::string owner_and_mode(const struct stat& status) {
  return fmt::format("{}:{}, mode {:04o}", user_name(status.st_uid), group_name(status.st_gid),
                     status.st_mode & 07777U);
}

// What a server's user could not open is of no use to it; it says so itself when it tries.
void give_to_owner_of_directory(const std::string& file) {
  if (::geteuid() != 0) return;
  struct stat directory {};
  if (::stat(directory_of(file).c_str(), &directory) != 0) return;
  std::ignore = ::lchown(file.c_str(), directory.st_uid, directory.st_gid);
}

void add_note(std::string& notes, const std::string& note) {
  notes += fmt::format("{}{}", notes.empty() ? "" : "; ", note);
}

}  // namespace

result<std::unique_ptr<shared_budget>> open_or_create_owned(const std::string& file, shaper::rate initial) {
  auto opened = shared_budget::open(file);
  if (opened || opened.error() != errc::no_such_file_or_directory) return opened;
  auto made = shared_budget::open_or_create(file, initial);
  if (made) give_to_owner_of_directory(file);
  return made;
}

result<node_budget> open_node_budget(const std::string& configured, shaper::rate initial,
                                     const budget_places& places) {
  if (!configured.empty()) {
    auto budget = open_or_create_owned(configured, initial);
    if (!budget) return budget.error();
    return node_budget{std::move(*budget), configured, ""};
  }
  std::string notes;
  for (const auto& file : places.files()) {
    if (!is_directory(directory_of(file))) continue;
    auto budget = open_or_create_owned(file, initial);
    if (budget) return node_budget{std::move(*budget), file, notes};
    add_note(notes, budget_problem(file, budget.error()));
  }
  const auto last = places.files().front();
  if (::mkdir(places.own.c_str(), 0755) == 0) {
    auto budget = open_or_create_owned(last, initial);
    if (budget) return node_budget{std::move(*budget), last, notes};
  }
  auto budget = shared_budget::make_private(initial);
  if (!budget) return budget.error();
  add_note(
      notes,
      fmt::format("'mgc status' and 'mgc limit' cannot see this transfer: there is no place for a budget "
                  "file; set transfer_budget in [mgc] to a file in a directory that {} may write, or make "
                  "{} for that user",
                  user_name(::geteuid()), places.own));
  return node_budget{std::move(*budget), "", notes};
}

std::string find_node_budget(const std::string& named, const std::string& configured,
                             const budget_places& places) {
  if (!named.empty()) return named;
  if (!configured.empty()) return configured;
  for (const auto& file : places.files()) {
    // A directory that may not be searched hides what is in it: opening will say so.
    if (look_at(file) || errno == EACCES) return file;
  }
  return {};
}

std::string place_for_node_budget(const std::string& named, const std::string& configured,
                                  const budget_places& places) {
  auto found = find_node_budget(named, configured, places);
  if (!found.empty()) return found;
  for (const auto& file : places.files()) {
    if (is_directory(directory_of(file))) return file;
  }
  return {};
}

std::string budget_problem(const std::string& file, error_code why) {
  const auto directory = directory_of(file);
  if (why == errc::permission_denied || why == errc::operation_not_permitted) {
    if (const auto status = look_at(file)) {
      return fmt::format("{}: {}; it belongs to {}: do this as that user or as root", file, why.message(),
                         owner_and_mode(*status));
    }
    if (const auto status = look_at(directory)) {
      return fmt::format("{}: {}; its directory belongs to {}: do this as that user or as root", file,
                         why.message(), owner_and_mode(*status));
    }
  }
  if (why == errc::no_such_file_or_directory) {
    return is_directory(directory)
               ? fmt::format(
                     "{}: there is no such file; the next transfer makes it, or 'mgc limit RATE' does", file)
               : fmt::format("{}: there is no directory {}; make it, for the server's user to write", file,
                             directory);
  }
  return fmt::format("{}: {}", file, why.message());
}

}  // namespace mgc::proxy
