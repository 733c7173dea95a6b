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
#include "proxy/rsync_modules.hpp"

namespace mgc::proxy {
namespace {

namespace fs = std::filesystem;

// rsync's own rules: what would end a line, or be expanded, cannot be a path there.
void require_plain(transfer_process& process, const std::string& path) {
  const auto is_special = [](unsigned char c) { return c < 0x20 || c == '%'; };
  if (std::any_of(path.begin(), path.end(), is_special))
    process.fail(
        EINVAL,
        fmt::format("rsync cannot be told of the directory {}; choose one without control characters and %",
                    for_log(path)));
}

std::string write_configuration(const sst_context& context, const std::string& temporary,
                                const std::string& binlogs) {
  const auto path = temporary + "/rsyncd.conf";
  std::ofstream file{path};
  file << "use chroot = no\nread only = no\nlist = no\nnumeric ids = yes\ntimeout = 0\nlog file = "
       << temporary << "/log\nlock file = " << temporary << "/lock\n";
  // As another user than root it can be nobody else.
  if (::geteuid() == 0) file << "uid = 0\ngid = 0\n";
  const auto add = [&](std::string_view name, const std::string& directory) {
    require_plain(context.process, directory);
    file << '[' << name << "]\npath = " << directory << '\n';
  };
  add(rsync_data_module, context.arguments.datadir);
  file << "exclude = .zfs\n";
  for (const auto& module : rsync_file_modules)
    add(module.name, context.settings.directories.*module.directory);
  add(rsync_binlog_module, binlogs);
  file.close();
  if (!file) context.process.fail(EIO, fmt::format("cannot write {}", path));
  return path;
}

std::pair<shaper::file_descriptor, shaper::file_descriptor> make_pipe(transfer_process& process) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    process.fail(errno, fmt::format("no pipe to be had: {}", std::strerror(errno)));
  return {shaper::file_descriptor{ends[0]}, shaper::file_descriptor{ends[1]}};
}

// One channel: the donor's rsync on the wire, ours here.
void serve(const sst_context& context, joiner_session& session, link& channel,
           const std::string& configuration, std::atomic<std::uint64_t>& bytes) {
  auto& process = context.process;
  auto [input, to_rsync] = make_pipe(process);
  auto [from_rsync, output] = make_pipe(process);
  command what{.words = {"rsync", "--server", "--daemon", "--config=" + configuration, "."},
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
      process.fail(EIO, fmt::format("rsync on the joiner ended with {}; see its log", to_string(status)));
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
  std::sort(names.begin(), names.end());
  std::ofstream index{directories.binlog_index};
  const auto directory = fs::path{directories.binlog}.parent_path();
  for (const auto& name : names) {
    std::error_code failed;
    fs::copy_file(fs::path{received} / name, directory / name, fs::copy_options::overwrite_existing, failed);
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
  const auto binlogs = temporary + "/binlog";
  fs::create_directory(binlogs);
  const auto configuration = write_configuration(context, temporary, binlogs);
  std::atomic<std::uint64_t> bytes{0};
  session.door().serve_channels(
      [&](std::unique_ptr<link> channel) { serve(context, session, *channel, configuration, bytes); });
  session.accept();

  // Control carries stages until the donor's end.
  for (;;) {
    const auto next = session.control().receive_header();
    const auto payload = next && next->length <= wire::most_other
                             ? session.control().receive_payload(next->length)
                             : error_code{error::wire_truncated};
    if (!next || !payload)
      process.fail(EPIPE,
                   "the connection to the donor ended before the transfer was complete; see the donor's log");
    if (next->type == wire::frame::stage) session.set_stage(for_log(*payload, 79));
    if (next->type == wire::frame::failure) {
      const auto report = wire::failure_report::decode(*payload);
      process.fail(EPIPE, "the donor gave up: " + (report ? for_log(report->text) : "without a reason"));
    }
    if (next->type != wire::frame::end) continue;
    const auto sent = wire::decode_count(*payload);
    session.door().wait_for_channels();
    if (!sent || *sent != bytes) process.fail(EPROTO, error_code{error::wire_counts_differ}.message());
    break;
  }
  install_binary_logs(context, binlogs);
  session.acknowledge(bytes);
  return options.gtid;
}

}  // namespace mgc::proxy
