#include "proxy/sst_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string_view>

#include "proxy/bad_setting.hpp"
#include "proxy/setting_lookup.hpp"
#include "proxy/setting_value.hpp"
#include "proxy/tls_settings.hpp"

namespace mgc::proxy {
namespace {

constexpr std::int64_t longest_timeout = std::int64_t{7} * 24 * 3600;
constexpr std::int64_t most_threads = 1024;
constexpr std::uint64_t least_rlimit = 1024;

// What the stock methods read, and mgc does not.
struct dropped_option {
  std::string_view name;
  bool server_too;  // looked for in the server's groups as well
  std::string_view instead;
};

constexpr std::array dropped_options{
    dropped_option{"streamfmt", false, "the stream is always mbstream"},
    dropped_option{"transferfmt", false, "mgc connects the nodes itself"},
    dropped_option{"sockopt", false, "mgc connects the nodes itself, with keepalive"},
    dropped_option{"progress", false, "mgc status shows the progress of every transfer"},
    dropped_option{"time", false, "the log says how long each stage took"},
    dropped_option{"compressor", false,
                   "no command is run on the stream; transfer_compress in [mgc] compresses it"},
    dropped_option{"decompressor", false,
                   "no command is run on the stream; transfer_compress in [mgc] compresses it"},
    dropped_option{"sst-syslog", false, "the log goes where the server's goes"},
    dropped_option{"use-extra", false, "the donor's server is reached by its socket"},
    dropped_option{"sst-special-dirs", false,
                   "directories of InnoDB, of Aria and of binary logs are always treated"},
    dropped_option{"sst-idle-timeout", false, "use transfer_timeout in [mgc]"},
    dropped_option{"ssl-dhparams", true, "TLS 1.3 needs none"},
    dropped_option{"encrypt-algo", true, "mgc encrypts by TLS 1.3; see transfer_tls in [mgc]"},
    dropped_option{"encrypt-format", true, "mgc encrypts by TLS 1.3; see transfer_tls in [mgc]"},
    dropped_option{"encrypt-key", true, "mgc encrypts by TLS 1.3; see transfer_tls in [mgc]"},
    dropped_option{"encrypt-key-file", true, "mgc encrypts by TLS 1.3; see transfer_tls in [mgc]"},
    dropped_option{"encrypt-threads", true, "mgc encrypts by TLS 1.3; see transfer_tls in [mgc]"},
    dropped_option{"encrypt-chunk-size", true, "mgc encrypts by TLS 1.3; see transfer_tls in [mgc]"},
};

class settings_resolver {
 public:
  settings_resolver(const sst_arguments& arguments, std::span<const option> options,
                    const sst_environment& environment, const setting_files& files)
      : arguments_{arguments},
        environment_{environment},
        files_{files},
        lookup_{options, arguments.defaults_group_suffix} {}

  sst_settings resolve() {
    read_limit();
    read_transfer();
    resolve_tls(lookup_, arguments_.role, arguments_.datadir, files_, settings_);
    read_backup();
    read_backup_compression();
    read_logs();
    read_user();
    read_directories();
    name_dropped();
    name_unknown();
    return std::move(settings_);
  }

 private:
  void note(const option& o, std::string_view what) {
    settings_.notes.push_back(fmt::format("{}: {}", describe(o), what));
  }

  void read_limit() {
    const auto found = mgc::proxy::read_limit(lookup_);
    settings_.transfer_limit = found.limit;
    settings_.limit_origin = found.origin;
    const auto rlimit = lookup_.sst("rlimit");
    if (rlimit && lookup_.mgc("transfer-limit"))
      note(*rlimit, "has no effect, transfer_limit in [mgc] is given");
  }

  void read_transfer() {
    if (const auto o = lookup_.mgc("transfer-budget")) {
      if (!o->value->starts_with('/')) refuse_value(*o, "give the absolute path of a file");
      settings_.transfer_budget = read_path(*o, "/");
    }
    if (const auto o = lookup_.mgc("transfer-compress")) settings_.compress = read_compress(*o);
    if (const auto o = lookup_.mgc("transfer-timeout")) {
      settings_.transfer_timeout = std::chrono::seconds{read_number(*o, 1, longest_timeout)};
    }
    if (const auto o = lookup_.sst("sst-initial-timeout")) {
      settings_.initial_timeout = std::chrono::seconds{read_number(*o, 0, longest_timeout)};
    }
  }

  static compress_choice read_compress(const option& o) {
    if (*o.value == "off") return compress_choice::off;
    if (*o.value == "zstd") return compress_choice::zstd;
    if (*o.value != "auto") refuse_value(o, "give zstd, off or auto");
    return compress_choice::automatic;
  }

  void read_backup() {
    if (const auto o = lookup_.any("backup-threads")) settings_.backup_threads = read_threads(*o);
    if (const auto o = lookup_.backup("inno-backup-opts")) settings_.backup_options = read_words(*o);
    if (const auto o = lookup_.backup("inno-apply-opts")) settings_.prepare_options = read_words(*o);
    if (const auto o = lookup_.backup("inno-move-opts")) settings_.move_options = read_words(*o);
    auto memory = lookup_.backup("use-memory");
    if (!memory) memory = lookup_.server("innodb-buffer-pool-size");
    if (memory) settings_.use_memory = read_size(*memory);
    if (auto o = lookup_.any("tmpdir")) {
      o->value->erase(std::min(o->value->find(':'), o->value->size()));  // the server may have a list of them
      settings_.temporary_directory = read_path(*o, arguments_.datadir);
    }
    if (const auto o = lookup_.any("sst-max-binlogs")) {
      settings_.max_binlogs = static_cast<int>(read_number(*o, -1, std::numeric_limits<int>::max()));
    }
    if (const auto o = lookup_.sst("cpat")) settings_.keep_pattern = *o->value;
  }

  static unsigned read_threads(const option& o) {
    return static_cast<unsigned>(read_number(o, 1, most_threads));
  }

  void read_backup_compression() {
    const auto algorithm = lookup_.any("compress");
    const auto threads = lookup_.any("compress-threads");
    const auto chunk = lookup_.any("compress-chunk-size");
    if (threads) settings_.backup_compress_threads = read_threads(*threads);
    if (chunk) settings_.backup_compress_chunk_size = read_size(*chunk);
    if (!algorithm || *algorithm->value == "none") return;
    if (algorithm->value->find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") != std::string::npos) {
      refuse_value(*algorithm, "give quicklz or none");
    }
    settings_.backup_compress = true;
    settings_.backup_compress_algorithm = *algorithm->value;
  }

  void read_logs() {
    if (const auto o = lookup_.sst("sst-log-archive")) settings_.archive_logs = read_switch(*o);
    if (const auto o = lookup_.sst("sst-log-archive-dir")) {
      settings_.log_archive_directory = read_path(*o, arguments_.datadir);
    }
  }

  void read_user() {
    const auto in_file = lookup_.sst("wsrep-sst-auth");
    std::string_view given = environment_.authentication;
    if (given == "(null)") given = {};
    if (given.empty() && in_file) given = *in_file->value;
    const auto colon = std::min(given.find(':'), given.size());
    settings_.user = given.substr(0, colon);
    if (colon < given.size()) settings_.password = given.substr(colon + 1);
    if (settings_.user.empty() && !lookup_.backup_connection("user"))
      settings_.backup_user = environment_.system_user;
  }

  // The server has always told whether it writes binary logs, and where: no option file is asked for it.
  void read_directories() {
    auto& directories = settings_.directories;
    directories.data = arguments_.datadir;
    directories.innodb_data_home = environment_.innodb_data_home_dir.empty()
                                       ? directory("innodb-data-home-dir")
                                       : absolute_path(environment_.innodb_data_home_dir, arguments_.datadir);
    directories.innodb_log_group_home = directory("innodb-log-group-home-dir");
    directories.innodb_undo = directory("innodb-undo-directory");
    directories.aria_log = directory("aria-log-dir-path");
    if (arguments_.binlog.empty()) return;
    directories.binlog = absolute_path(arguments_.binlog, arguments_.datadir);
    directories.binlog_index = directories.binlog + ".index";
    if (arguments_.binlog_index.empty()) return;
    directories.binlog_index = absolute_path(arguments_.binlog_index, arguments_.datadir);
    const auto name = directories.binlog_index.rfind('/') + 1;
    if (directories.binlog_index.find('.', name) == std::string::npos) directories.binlog_index += ".index";
  }

  std::string directory(std::string_view name) const {
    const auto o = lookup_.server(name);
    return o ? read_path(*o, arguments_.datadir) : arguments_.datadir;
  }

  void name_dropped() {
    for (const auto& dropped : dropped_options) {
      const auto o = dropped.server_too ? lookup_.any(dropped.name) : lookup_.sst(dropped.name);
      if (o) note(*o, fmt::format("has no effect; {}", dropped.instead));
    }
  }

  // A misspelt limit must not become no limit.
  void name_unknown() {
    for (const auto& o : lookup_.unknown_to_mgc()) {
      if (o.loose) {
        note(o, "is not known to this version, and ignored");
        continue;
      }
      std::string known;
      for (auto name : lookup_.asked_of_mgc()) {
        std::replace(name.begin(), name.end(), '-', '_');
        known += (known.empty() ? "" : ", ") + name;
      }
      throw bad_setting{fmt::format("{} is not known; [mgc] has {}", describe(o), known)};
    }
    for (const auto& o : lookup_.unknown_to_sst()) note(o, "is not known to mgc, and ignored");
    for (const auto& o : lookup_.without_value()) note(o, "has no value, and is ignored");
  }

  const sst_arguments& arguments_;
  const sst_environment& environment_;
  const setting_files& files_;
  setting_lookup lookup_;
  sst_settings settings_;
};

}  // namespace

// pv, which obeys rlimit in the stock method, counts bytes where transfer_limit counts KB.
configured_limit read_limit(setting_lookup& lookup) {
  if (const auto limit = lookup.mgc("transfer-limit")) {
    const auto parsed = shaper::parse_rate(*limit->value);
    if (!parsed) refuse_value(*limit, parsed.error().message());
    return {*parsed, "[mgc] transfer_limit"};
  }
  const auto rlimit = lookup.sst("rlimit");
  if (!rlimit) return {};
  const auto bytes = shaper::parse_size(*rlimit->value);
  if (!bytes) refuse_value(*rlimit, "give bytes per second, as 6000k or 50m");
  if (*bytes == 0) return {};  // no limit, for pv
  if (*bytes < least_rlimit) {
    refuse_value(*rlimit,
                 fmt::format("these are bytes per second, at least {}; with k they are KB/s", least_rlimit));
  }
  return {shaper::rate::bytes_per_second(*bytes), "[sst] rlimit"};
}

sst_settings resolve_settings(const sst_arguments& arguments, const option_files& files,
                              const sst_environment& environment, const setting_files& content) {
  auto options = files.options;
  const auto own = options_of_command_line(arguments.server_arguments);
  options.insert(options.end(), own.begin(), own.end());
  auto settings = settings_resolver{arguments, options, environment, content}.resolve();
  settings.notes.insert(settings.notes.begin(), files.notes.begin(), files.notes.end());
  return settings;
}

}  // namespace mgc::proxy
