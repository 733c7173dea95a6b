#include "proxy/rsync_joiner.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "proxy/child.hpp"
#include "proxy/datadir.hpp"
#include "proxy/log_text.hpp"
#include "proxy/pipe.hpp"
#include "proxy/rsync_modules.hpp"

namespace mgc::proxy {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view binlogs_received = ".mgc_binlogs";  // in the data directory

// rsync's own rules: what would end a line, or be expanded, cannot be a path there.
void require_plain(transfer_process& process, const std::string& path) {
  const auto is_special = [](unsigned char c) { return c < 0x20 || c == '%'; };
  if (std::any_of(path.begin(), path.end(), is_special))
    process.fail(
        EINVAL,
        fmt::format("rsync cannot be told of the directory {}; choose one without control characters and %",
                    for_log(path)));
}

// What of the data directory the donor's rsync can neither write nor delete: what is ours, and directories of InnoDB that
// the donor may have elsewhere.
std::string write_exclusions(const sst_context& context, const std::string& temporary) {
  auto path = temporary + "/excluded";
  std::ofstream file{path};
  file << "/.zfs\n/.snapshot/\n/lost+found\n/.sst/\n/" << binlogs_received << "/\n";
  for (const auto& module : rsync_file_modules) {
    const auto& directory = context.settings.directories.*module.directory;
    if (directory.starts_with(context.arguments.datadir + '/'))
      file << directory.substr(context.arguments.datadir.size()) << "/\n";
  }
  file.close();
  if (!file) context.process.fail(EIO, fmt::format("cannot write {}", path));
  return path;
}

void write_configuration(const sst_context& context, const std::string& temporary,
                         const std::string& binlogs) {
  const auto path = temporary + "/rsyncd.conf";
  std::ofstream file{path};
  file << "use chroot = no\nread only = no\nlist = no\nnumeric ids = yes\ntimeout = 0\n"
       << "log file = " << temporary << "/log\nlock file = " << temporary << "/lock\n";
  // As another user than root it can be nobody else.
  if (::geteuid() == 0) file << "uid = 0\ngid = 0\n";
  const auto add = [&](std::string_view name, const std::string& directory) {
    require_plain(context.process, directory);
    std::error_code failed;
    fs::create_directories(directory, failed);
    if (failed)
      context.process.fail(failed.value(), fmt::format("cannot make {}: {}", directory, failed.message()));
    file << '[' << name << "]\npath = " << directory << '\n';
  };
  add(rsync_data_module, context.arguments.datadir);
  file << "exclude from = " << write_exclusions(context, temporary) << '\n';
  for (const auto& module : rsync_file_modules)
    add(module.name, context.settings.directories.*module.directory);
  add(rsync_binlog_module, binlogs);
  file.close();
  if (!file) context.process.fail(EIO, fmt::format("cannot write {}", path));
}

// Half of InnoDB's files is worse than none: the server would not even start to tell its position.
class innodb_files {
 public:
  innodb_files(transfer_process& process, const server_directories& directories)
      : process_{process},
        all_{directories.innodb_log_group_home + "/ib_logfile0", directories.innodb_data_home + "/ibdata1"} {
    for (const auto& file : all_) {
      std::error_code failed;
      fs::remove(file, failed);
      if (failed) process.fail(failed.value(), fmt::format("cannot remove {}: {}", file, failed.message()));
      process.remove_at_end(file);
    }
  }
  void keep() const {
    for (const auto& file : all_) process_.keep(file);
  }

 private:
  transfer_process& process_;
  std::array<std::string, 2> all_;
};

constexpr std::uint64_t nearly_full = 16ULL * 1024 * 1024;

std::string last_line(const std::string& file) {
  std::ifstream lines{file};
  std::string last = "it did not say why";
  for (std::string line; std::getline(lines, line);) last = line;
  return for_log(last, 500);
}

// One channel: the donor's rsync on the wire, ours here.
void serve(const sst_context& context, joiner_session& session, link& channel, const std::string& temporary,
           std::atomic<std::uint64_t>& bytes) {
  auto& process = context.process;
  auto [input, to_rsync] = make_pipe(process);
  auto [from_rsync, output] = make_pipe(process);
  command what{.words = {"rsync", "--server", "--daemon", "--config=" + temporary + "/rsyncd.conf", "."},
               .input = input.get(),
               .output = output.get()};
  auto rsync = child::start(process, what);
  if (!rsync)
    process.fail(rsync.error().value(), fmt::format("cannot start rsync: {}; is the package rsync installed?",
                                                    rsync.error().message()));
  input = shaper::file_descriptor{};
  output = shaper::file_descriptor{};
  std::thread back{[&, from = from_rsync.get()] {
    const auto sent = send_stream(channel, {.from = from}, channel.socket());
    if (!sent.complete()) process.fail(sent.code, sent.why);
    const auto status = rsync->wait();
    if (!status.good())
      process.fail(free_space(context.arguments.datadir) < nearly_full ? ENOSPC : EIO,
                   fmt::format("rsync on the joiner ended with {}: {}", to_string(status),
                               last_line(temporary + "/log")));
    if (const auto failed =
            channel.send(wire::encode_frame(wire::frame::end, wire::encode_count(sent.bytes))))
      process.fail(failed.value(), fmt::format("cannot answer the donor's rsync: {}", failed.message()));
  }};
  std::uint64_t passed = 0;
  const stream_sink sink{.to = to_rsync.get(), .record = &session.record(), .moved = [&](std::uint64_t now) {
                           session.progress().data(bytes += now - passed);
                           passed = now;
                         }};
  const auto received = receive_stream(channel, sink);
  if (!received.complete() && received.code != EPIPE) process.fail(received.code, received.why);
  to_rsync = shaper::file_descriptor{};
  back.join();
  channel.complete();
}

// The donor's binary logs take the place of ours, and a new index names them.
void install_binary_logs(const sst_context& context, const std::string& received) {
  auto& process = context.process;
  const auto& directories = context.settings.directories;
  if (directories.binlog.empty()) return;
  remove_binary_logs(process, directories);
  make_binary_log_directories(process, directories);
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator{received})
    names.push_back(entry.path().filename().string());
  if (names.empty()) return;
  const auto is_older = [](const std::string& a, const std::string& b) {  // ...999999 before ...1000000
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  };
  std::sort(names.begin(), names.end(), is_older);
  std::ofstream index{directories.binlog_index};
  const auto directory = fs::path{directories.binlog}.parent_path();
  for (const auto& name : names) {
    std::error_code failed;
    fs::rename(fs::path{received} / name, directory / name, failed);
    if (failed == std::errc::cross_device_link)
      fs::copy_file(fs::path{received} / name, directory / name, fs::copy_options::overwrite_existing,
                    failed);
    if (failed)
      process.fail(failed.value(), fmt::format("cannot put the binary log {} into {}: {}", name,
                                               directory.string(), failed.message()));
    index << (directory / name).string() << '\n';
  }
  index.close();
  if (!index) process.fail(EIO, fmt::format("cannot write {}", directories.binlog_index));
}

}  // namespace

std::string join_by_rsync(const sst_context& context, joiner_session& session,
                          const wire::transfer_options& options) {
  auto& process = context.process;
  const auto temporary = make_temporary_directory(process, context.settings.temporary_directory);
  const auto binlogs = fmt::format("{}/{}", context.arguments.datadir, binlogs_received);
  process.remove_at_end(binlogs);
  fs::remove_all(binlogs);  // of a transfer that was killed
  write_configuration(context, temporary, binlogs);
  const innodb_files innodb{process, context.settings.directories};
  std::atomic<std::uint64_t> bytes{0};
  session.accept([&] {
    session.door().serve_channels(
        [&](std::unique_ptr<link> channel) { serve(context, session, *channel, temporary, bytes); });
  });

  const auto sent = session.await_end();
  session.door().wait_for_channels();
  if (sent != bytes) process.fail(EPROTO, error_code{error::wire_counts_differ}.message());
  innodb.keep();
  install_binary_logs(context, binlogs);
  session.acknowledge(bytes);
  return options.gtid;
}

}  // namespace mgc::proxy
