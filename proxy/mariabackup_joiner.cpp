#include "proxy/mariabackup_joiner.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>

#include "proxy/backup_command.hpp"
#include "proxy/datadir.hpp"
#include "proxy/old_logs.hpp"
#include "proxy/pipe.hpp"
#include "shaper/progress.hpp"

namespace mgc::proxy {
namespace {

namespace fs = std::filesystem;

// The redo that comes with the data, and what preparing adds: a guess, and above all not nothing.
constexpr std::uint64_t margin = 256ULL * 1024 * 1024;
constexpr std::uint64_t between_looks = 16ULL * 1024 * 1024;  // at the free space, while receiving

void remove_tree(transfer_process& process, const std::string& path) {
  std::error_code failed;
  fs::remove_all(path, failed);
  if (failed) process.fail(failed.value(), fmt::format("cannot remove {}: {}", path, failed.message()));
}

// Until the donor's end; what mbstream wrote is complete then.
std::uint64_t receive(const sst_context& context, joiner_session& session, const std::string& target,
                      const std::function<void()>& make_room) {
  auto& process = context.process;
  auto [read_end, write_end] = make_pipe(process);
  auto extract = receive_stream_into(context, target);
  extract.input = read_end.get();
  auto mbstream = child::start(process, extract);
  if (!mbstream)
    process.fail(mbstream.error().value(),
                 fmt::format("cannot start mbstream: {}; is the package mariadb-backup installed?",
                             mbstream.error().message()));
  read_end = shaper::file_descriptor{};
  std::uint64_t looked_at = 0;
  const stream_sink sink{.to = write_end.get(),
                         .record = &session.record(),
                         .on_stage = [&](const std::string& stage) { session.set_stage(stage); },
                         .moved =
                             [&](std::uint64_t bytes) {
                               session.progress().data(bytes);
                               if (bytes < looked_at + between_looks) return;
                               looked_at = bytes;
                               if (free_space(target) < margin) make_room();
                             }};
  const auto received = receive_stream(session.control(), sink);
  const bool sink_failed = received.code == EPIPE;
  if (!received.complete() && !sink_failed) process.fail(received.code, received.why);
  write_end = shaper::file_descriptor{};
  const auto status = mbstream->wait();
  if (!status.good()) {
    const auto free = free_space(target);
    process.fail(free < margin ? ENOSPC : EIO,
                 fmt::format("{}mbstream ended with {}; {} are free in {}; its reason is above in this log",
                             free < margin ? "no room: " : "", to_string(status),
                             shaper::format_bytes(static_cast<double>(free)), target));
  }
  if (!received.complete()) process.fail(received.code, received.why);
  return received.bytes;
}

// mariadb-backup, with all it says in DATADIR/mariabackup.STEP.log.
void run_backup(const sst_context& context, const std::string& target, command what,
                const std::string& step) {
  auto& process = context.process;
  const auto log = fmt::format("{}/mariabackup.{}.log", context.arguments.datadir, step);
  archive_log(context, log);
  const shaper::file_descriptor file{::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640)};
  if (!file) process.fail(errno, fmt::format("cannot write {}: {}", log, last_error().message()));
  what.output = what.errors = file.get();
  auto started = child::start(process, what);
  if (!started)
    process.fail(started.error().value(),
                 fmt::format("cannot start mariadb-backup: {}", started.error().message()));
  if (const auto status = started->wait(); !status.good())
    process.fail(EINVAL, fmt::format("mariadb-backup ended with {} when it was to {} {}; {} tells why",
                                     to_string(status), step, target, log));
}

// The donor sends its current binary log, whose position may be ahead of the data; the server starts a new one from the
// data's own position, as the stock method has it do.
void drop_received_binary_logs(const std::string& target) {
  for (const auto* const info : {"xtrabackup_binlog_info", "mariadb_backup_binlog_info"}) {
    std::ifstream lines{target + '/' + info};
    for (std::string line; std::getline(lines, line);) {
      const auto name = line.substr(0, line.find('\t'));
      std::error_code ignored;
      if (!name.empty() && name.find('/') == std::string::npos) fs::remove(fs::path{target} / name, ignored);
    }
  }
}

// By mariadb-backup --compress on the donor.
bool has_compressed_files(const std::string& target) {
  const auto is_compressed = [](const fs::directory_entry& entry) {
    return entry.path().extension() == ".qp";
  };
  return std::any_of(fs::recursive_directory_iterator{target}, fs::recursive_directory_iterator{},
                     is_compressed);
}

std::string position_of(transfer_process& process, const std::string& target) {
  for (const auto* const name :
       {"donor_galera_info", "mariadb_backup_galera_info", "xtrabackup_galera_info"}) {
    if (auto line = first_line(target + '/' + name); !line.empty()) return line;
  }
  process.fail(ENOENT,
               fmt::format("the backup in {} holds no position of the cluster; is wsrep_on set on the donor?",
                           target));
}

}  // namespace

std::string join_by_mariabackup(const sst_context& context, joiner_session& session,
                                const wire::transfer_options& options) {
  auto& process = context.process;
  const auto& directories = context.settings.directories;
  const auto& datadir = context.arguments.datadir;
  const auto target = datadir + "/.sst";
  remove_tree(process, target);  // of a transfer that was killed

  const auto wipe_old = [&] {
    remove_binary_logs(process, directories);
    wipe(process, directories, context.settings.keep_pattern, {target, datadir + "/wsrep_sst.pid"});
  };
  const auto free = free_space(datadir);
  const auto needed = options.total + options.total / 10 + margin;
  bool keeps_old = free >= needed;
  if (!keeps_old) {
    process.note(fmt::format(
        "{} are free and about {} needed: the old data is removed first, it cannot be kept until the new is "
        "complete",
        shaper::format_bytes(static_cast<double>(free)), shaper::format_bytes(static_cast<double>(needed))));
    wipe_old();
  }
  std::error_code failed;
  if (!fs::create_directory(target, failed))
    process.fail(failed.value(), fmt::format("cannot make {}: {}", target, failed.message()));
  fs::permissions(target, fs::perms::owner_all, failed);
  process.remove_at_end(target);

  session.accept();
  session.acknowledge(receive(context, session, target, [&] {
    if (!keeps_old) return;
    keeps_old = false;
    process.warn("the disk is nearly full: the old data is removed now, before the new is complete");
    wipe_old();
  }));

  if (!fs::exists(target + "/xtrabackup_checkpoints", failed) &&
      !fs::exists(target + "/mariadb_backup_checkpoints", failed))
    process.fail(EIO, "the donor's backup is not complete: it holds no checkpoints");
  const auto began = std::chrono::steady_clock::now();
  process.note("received; preparing the data");
  if (has_compressed_files(target))
    run_backup(context, target, decompress_backup(context, target), "decompress");
  run_backup(context, target, prepare_backup(context, target), "prepare");
  drop_received_binary_logs(target);
  auto position = position_of(process, target);

  process.keep(target);  // from here on it may be all there is
  if (keeps_old) {
    process.note(fmt::format(
        "the new data in {} is complete; the old is removed and the new moved into its place", target));
    wipe_old();
  }
  make_binary_log_directories(process, directories);
  run_backup(context, target, move_backup(context, target), "move");
  make_binary_log_directories(process, directories);
  remove_tree(process, target);
  for (const auto* const name : {"xtrabackup_info", "xtrabackup_galera_info_SST", "mariadb_backup_info",
                                 "mariadb_backup_galera_info_SST"})
    fs::remove(fs::path{datadir} / name, failed);  // about the backup, not about the data
  process.note(fmt::format("prepared and in place after {}",
                           shaper::format_time(std::chrono::steady_clock::now() - began)));
  return position;
}

}  // namespace mgc::proxy
