#include "proxy/datadir.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <regex.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <thread>

namespace mgc::proxy {
namespace {

namespace fs = std::filesystem;

constexpr const char* default_keep_pattern =
    ".*\\.pem$\\|.*galera\\.cache$\\|.*sst_in_progress$\\|.*\\.sst$\\|.*gvwstate\\.dat$\\|.*grastate\\.dat$"
    "\\|.*\\.err$\\|.*\\.log$\\|"
    ".*RPM_UPGRADE_MARKER$\\|.*RPM_UPGRADE_HISTORY$";

// A stock script knows no lock; its name tells.
bool is_running_sst(long pid) {
  if (pid <= 0 || pid == ::getpid()) return false;
  std::ifstream file{fmt::format("/proc/{}/cmdline", pid)};
  std::string words;
  std::getline(file, words);
  return words.find("wsrep_sst_") != std::string::npos && words.find("wsrep_sst_mgc_") == std::string::npos;
}

// Whoever had the lock before may have removed the file, and somebody else have made a new one.
bool is_still_there(int file, const std::string& path) {
  struct stat ours {};
  struct stat theirs {};
  return ::fstat(file, &ours) == 0 && ::stat(path.c_str(), &theirs) == 0 && ours.st_ino == theirs.st_ino &&
         ours.st_dev == theirs.st_dev;
}

// What `find -regex` takes `cpat` for: the syntax of Emacs, for the whole path.
class pattern {
 public:
  pattern(transfer_process& process, const std::string& text) {
    re_syntax_options = RE_SYNTAX_EMACS;
    if (const char* const why = ::re_compile_pattern(text.data(), text.size(), &compiled_); why != nullptr)
      process.fail(EINVAL,
                   fmt::format("[sst] cpat = '{}' is not a regular expression of find(1): {}", text, why));
  }
  ~pattern() { ::regfree(&compiled_); }
  pattern(const pattern&) = delete;
  pattern& operator=(const pattern&) = delete;

  bool matches(const std::string& path) {
    const auto size = static_cast<regoff_t>(path.size());
    return ::re_match(&compiled_, path.data(), size, 0, nullptr) == size;
  }

 private:
  re_pattern_buffer compiled_{};
};

std::vector<fs::path> entries_of(const fs::path& directory) {
  std::vector<fs::path> entries;
  std::error_code ignored;  // a directory that is not there holds nothing
  for (const auto& entry : fs::directory_iterator{directory, ignored}) entries.push_back(entry.path());
  return entries;
}

// A directory may be a file system of its own, or a link to one: then what it holds goes, and it stays. An empty one that may
// not be looked into goes like any other.
void remove_or_fail(transfer_process& process, const fs::path& path) {
  std::error_code failed;
  fs::remove_all(path, failed);
  if (failed && ::rmdir(path.c_str()) == 0) return;
  if (failed == std::errc::device_or_resource_busy) {
    for (const auto& entry : entries_of(path)) remove_or_fail(process, entry);
    return;
  }
  if (failed)
    process.fail(failed.value(), fmt::format("cannot remove {}: {}", path.string(), failed.message()));
}

// Without one of them and with the other the server cannot be started, not even to tell its position: they go first, and
// together.
bool is_of_innodb(const fs::path& file) {
  const auto name = file.filename().string();
  return name.starts_with("ib_logfile") || name.starts_with("ibdata") || name.starts_with("undo");
}

bool is_backed_up(const fs::path& file) {
  const auto extension = file.extension();
  const auto name = file.filename().string();
  const bool is_undo =
      name.starts_with("undo") && name.size() > 4 && std::all_of(name.begin() + 4, name.end(), ::isdigit);
  return extension == ".ibd" || extension == ".MYI" || extension == ".MYD" || extension == ".MAI" ||
         extension == ".MAD" || is_undo || name.starts_with("ibdata");
}

template <class Predicate>
std::uint64_t sum_of_files(const fs::path& directory, Predicate counts) {
  std::uint64_t sum = 0;
  std::error_code failed;
  fs::recursive_directory_iterator it{directory, fs::directory_options::skip_permission_denied, failed};
  for (; !failed && it != fs::recursive_directory_iterator{}; it.increment(failed)) {
    std::error_code vanished;
    if (it->is_regular_file(vanished) && counts(it->path())) {
      const auto size = it->file_size(vanished);
      if (!vanished) sum += size;
    }
  }
  return sum;
}

}  // namespace

void lock_transfers(transfer_process& process, const std::string& datadir) {
  const auto path = datadir + "/wsrep_sst.pid";
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  for (bool told = false;; told = true) {
    shaper::file_descriptor file{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640)};
    if (!file) process.fail(errno, fmt::format("cannot open {}: {}", path, last_error().message()));
    char text[32] = {};
    const bool locked = ::flock(file.get(), LOCK_EX | LOCK_NB) == 0 && is_still_there(file.get(), path);
    [[maybe_unused]] const auto got = ::pread(file.get(), text, sizeof text - 1, 0);
    if (locked && !is_running_sst(std::atol(text))) {
      const auto pid = fmt::format("{}\n", ::getpid());
      if (::ftruncate(file.get(), 0) != 0 || ::pwrite(file.get(), pid.data(), pid.size(), 0) < 0)
        process.fail(errno, fmt::format("cannot write {}: {}", path, last_error().message()));
      process.hold(std::move(file));
      process.remove_at_end(path);
      return;
    }
    if (std::chrono::steady_clock::now() >= deadline)
      process.fail(EALREADY,
                   fmt::format("another state transfer (process {}) still runs in {}; it must end first",
                               std::atol(text), datadir));
    if (!told) process.note("waiting for a state transfer that still runs here");
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
}

std::uint64_t backup_footprint(const server_directories& directories) {
  auto sum = sum_of_files(directories.data, is_backed_up);
  for (const auto& other : {directories.innodb_data_home, directories.innodb_undo}) {
    const bool is_within = (other + '/').starts_with(directories.data + '/');
    if (!is_within) sum += sum_of_files(other, is_backed_up);
  }
  return sum;
}

std::uint64_t size_of(const std::string& directory) {
  return sum_of_files(directory, [](const fs::path&) { return true; });
}

std::uint64_t free_space(const std::string& directory) {
  struct statvfs status {};
  if (::statvfs(directory.c_str(), &status) != 0) return 0;
  return std::uint64_t{status.f_bavail} * status.f_frsize;
}

void wipe(transfer_process& process, const server_directories& directories, const std::string& keep_pattern,
          const std::vector<std::string>& spared) {
  pattern keeps{process, keep_pattern.empty() ? default_keep_pattern : keep_pattern};
  std::vector<std::string> roots{directories.data, directories.innodb_data_home,
                                 directories.innodb_log_group_home, directories.innodb_undo,
                                 directories.aria_log};
  std::sort(roots.begin(), roots.end());
  roots.erase(std::unique(roots.begin(), roots.end()), roots.end());
  std::vector<fs::path> doomed;
  for (const auto& root : roots) {
    for (const auto& entry : entries_of(root)) {
      const auto path = entry.string();
      const bool is_a_root = std::find(roots.begin(), roots.end(), path) != roots.end();
      const bool is_spared = std::find(spared.begin(), spared.end(), path) != spared.end();
      const bool is_the_disks = entry.filename() == "lost+found";
      if (!is_a_root && !is_spared && !is_the_disks && !keeps.matches(path)) doomed.push_back(entry);
    }
  }
  std::stable_partition(doomed.begin(), doomed.end(), is_of_innodb);
  for (const auto& path : doomed) remove_or_fail(process, path);
}

void remove_binary_logs(transfer_process& process, const server_directories& directories) {
  if (directories.binlog.empty()) return;
  const fs::path base{directories.binlog};
  if (std::ifstream index{directories.binlog_index}; index) {
    for (std::string line; std::getline(index, line);) {
      const auto file = fs::path{line}.is_absolute() ? fs::path{line} : fs::path{directories.data} / line;
      std::error_code ignored;  // the index may name files that are gone
      if (!line.empty()) fs::remove(file, ignored);
    }
    remove_or_fail(process, directories.binlog_index);
  }
  const auto prefix = base.filename().string() + '.';
  for (const auto& entry : entries_of(base.parent_path())) {
    const auto name = entry.filename().string();
    const bool is_log = name.starts_with(prefix) && name.size() > prefix.size() &&
                        ::isdigit(static_cast<unsigned char>(name[prefix.size()])) != 0;
    if (is_log || name == prefix + "state") remove_or_fail(process, entry);
  }
}

void make_binary_log_directories(transfer_process& process, const server_directories& directories) {
  for (const auto& file : {directories.binlog, directories.binlog_index}) {
    if (file.empty()) continue;
    std::error_code failed;
    const auto directory = fs::path{file}.parent_path();
    fs::create_directories(directory, failed);
    if (failed)
      process.fail(failed.value(),
                   fmt::format("cannot make {} for binary logs: {}", directory.string(), failed.message()));
  }
}

std::string first_line(const std::string& file) {
  std::ifstream stream{file};
  std::string line;
  std::getline(stream, line);
  return line;
}

namespace {

constexpr std::string_view temporary_prefix = "mgc-transfer.";

// Of processes that were killed: nobody has them locked any more.
void remove_abandoned(const fs::path& parent) {
  for (const auto& entry : entries_of(parent)) {
    if (!entry.filename().string().starts_with(temporary_prefix)) continue;
    const shaper::file_descriptor directory{
        ::open(entry.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    struct stat status {};
    if (!directory || ::fstat(directory.get(), &status) != 0 || status.st_uid != ::geteuid()) continue;
    if (::flock(directory.get(), LOCK_EX | LOCK_NB) != 0) continue;
    std::error_code ignored;  // it is nothing but in the way
    fs::remove_all(entry, ignored);
  }
}

}  // namespace

// It gets its name when it is locked, so that nobody takes it for abandoned before.
std::string make_temporary_directory(transfer_process& process, const std::string& parent) {
  std::error_code failed;
  const auto place = parent.empty() ? fs::temp_directory_path(failed).string() : parent;
  remove_abandoned(place);
  auto made = place + "/.mgc-new.XXXXXX";
  if (::mkdtemp(made.data()) == nullptr)
    process.fail(errno, fmt::format("cannot make the directory {}: {}; tmpdir can name another place", made,
                                    last_error().message()));
  process.remove_at_end(made);
  shaper::file_descriptor directory{::open(made.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  (void)::flock(directory.get(), LOCK_EX | LOCK_NB);  // nobody else knows it
  process.hold(std::move(directory));
  auto path = fmt::format("{}/{}{}", place, temporary_prefix, made.substr(made.size() - 6));
  fs::rename(made, path, failed);
  if (failed)
    process.fail(failed.value(), fmt::format("cannot make the directory {}: {}", path, failed.message()));
  process.keep(made);
  process.remove_at_end(path);
  return path;
}

}  // namespace mgc::proxy
