#include "proxy/datadir.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <regex.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
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

void remove_or_fail(transfer_process& process, const fs::path& path) {
  std::error_code failed;
  fs::remove_all(path, failed);
  if (failed)
    process.fail(failed.value(), fmt::format("cannot remove {}: {}", path.string(), failed.message()));
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

transfer_lock::transfer_lock(transfer_process& process, const std::string& datadir) {
  const auto path = datadir + "/wsrep_sst.pid";
  file_ = shaper::file_descriptor{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640)};
  if (!file_) process.fail(errno, fmt::format("cannot open {}: {}", path, std::strerror(errno)));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  for (bool told = false;; told = true) {
    char text[32] = {};
    const bool locked = ::flock(file_.get(), LOCK_EX | LOCK_NB) == 0;
    (void)!::pread(file_.get(), text, sizeof text - 1, 0);
    if (locked && !is_running_sst(std::atol(text))) break;
    if (std::chrono::steady_clock::now() >= deadline)
      process.fail(EALREADY,
                   fmt::format("another state transfer (process {}) still runs in {}; it must end first",
                               std::atol(text), datadir));
    if (!told) process.note("waiting for a state transfer that still runs here");
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
  const auto pid = fmt::format("{}\n", ::getpid());
  (void)!::ftruncate(file_.get(), 0);
  (void)!::pwrite(file_.get(), pid.data(), pid.size(), 0);
  process.remove_at_end(path);
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
  for (const auto& root : roots) {
    for (const auto& entry : entries_of(root)) {
      const auto path = entry.string();
      const bool is_a_root = std::find(roots.begin(), roots.end(), path) != roots.end();
      const bool is_spared = std::find(spared.begin(), spared.end(), path) != spared.end();
      if (!is_a_root && !is_spared && !keeps.matches(path)) remove_or_fail(process, entry);
    }
  }
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

std::string make_temporary_directory(transfer_process& process, const std::string& parent) {
  std::error_code ignored;
  auto path = (parent.empty() ? fs::temp_directory_path(ignored).string() : parent) + "/mgc.XXXXXX";
  if (::mkdtemp(path.data()) == nullptr)
    process.fail(errno, fmt::format("cannot make the directory {}: {}; tmpdir can name another place", path,
                                    std::strerror(errno)));
  process.remove_at_end(path);
  return path;
}

}  // namespace mgc::proxy
