#include "proxy/rsync_donor.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <list>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "proxy/child.hpp"
#include "proxy/datadir.hpp"
#include "proxy/error.hpp"
#include "proxy/log_text.hpp"
#include "proxy/rsync_door.hpp"
#include "proxy/rsync_modules.hpp"

namespace mgc::proxy {
namespace {

namespace fs = std::filesystem;
using words = std::vector<std::string>;

std::string flushed_file(const sst_context& context) { return context.arguments.datadir + "/tables_flushed"; }

void forget_flush(const sst_context& context) {
  std::error_code ignored;
  fs::remove(flushed_file(context), ignored);
}

// Asks the server for its lock, and waits until it says with which position it holds it.
std::string flush_tables(const sst_context& context) {
  const auto flushed = flushed_file(context);
  context.process.remove_at_end(flushed);
  const auto failed = context.arguments.datadir + "/sst_error";
  std::error_code ignored;
  forget_flush(context);
  fs::remove(failed, ignored);
  context.process.tell_server("flush tables");
  for (;;) {
    if (auto line = first_line(flushed); line.find(':') != std::string::npos) {
      forget_flush(context);
      return line;
    }
    if (fs::exists(failed, ignored)) {
      fs::remove(failed, ignored);
      context.process.fail(EBUSY,
                           "the server could not flush and lock its tables; the lines before tell why");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
}

// The connections of all rsync processes to the joiner: each comes in by the door and goes out by a channel of its own.
class rsync_channels {
 public:
  rsync_channels(const sst_context& context, donor_session& session, const std::string& directory)
      : context_{context}, session_{session}, door_{context.process, directory} {
    std::thread{[this] {
      for (;;) serve(door_.accept());
    }}.detach();  // ends with the process
  }

  std::string shell() const { return door_.shell(); }

  // Once all connections have come to their end: what was sent on them.
  std::uint64_t bytes() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return passing_ == 0; });
    return bytes_;
  }

  // In both directions so far.
  std::uint64_t activity() const { return bytes_ + session_.sent() + heard_; }

 private:
  void serve(rsync_door::connection rsync) {
    {
      const std::lock_guard lock{mutex_};
      ++passing_;
    }
    std::thread{[this, connection = std::move(rsync)]() mutable {
      pass(connection);
      const std::lock_guard lock{mutex_};
      --passing_;
      changed_.notify_all();
    }}.detach();  // bytes() waits for it
  }

  // Both ways. The joiner's rsync ends first, then ours, and with it what it sends.
  void pass(rsync_door::connection& rsync) {
    auto& process = context_.process;
    const auto channel = session_.open_channel();
    const auto output = session_.output(*channel);
    std::uint64_t passed = 0;
    std::thread back{[&] {
      const auto received = receive_stream(
          *channel, {.to = rsync.to_rsync.get(), .moved = [this](std::uint64_t) { ++heard_; }});
      if (!received.complete() && received.code != EPIPE) process.fail(received.code, received.why);
      ::shutdown(rsync.to_rsync.get(), SHUT_WR);
      rsync.done(received.complete());  // rsync keeps its ends open until its remote shell has gone
    }};
    const stream_source source{.from = rsync.from_rsync.get(),
                               .compresses = [&] { return session_.compresses(); },
                               .moved =
                                   [&](std::uint64_t bytes) {
                                     session_.progress().data(bytes_ += bytes - passed);
                                     passed = bytes;
                                   }};
    const auto sent = send_stream(*channel, source, output->sink());
    if (!sent.complete()) process.fail(sent.code, sent.why);
    const auto end = wire::encode_frame(wire::frame::end, wire::encode_count(sent.bytes));
    (void)write_fully(output->sink(), channel->seal(end));  // a failure is the output's own
    output->finish();
    back.join();
    channel->complete();
  }

  sst_context context_;
  donor_session& session_;
  rsync_door door_;
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> heard_{0};
  std::mutex mutex_;  // what follows
  std::condition_variable changed_;
  unsigned passing_ = 0;
};

class copier {
 public:
  copier(const sst_context& context, std::string shell) : context_{context}, shell_{std::move(shell)} {}

  // The top of the data directory: its schema directories by name, so that those which are gone here go there too, and
  // nothing else.
  void copy_top() const {
    words filters{"- /lost+found", "- /.zfs", "- /.snapshot/", "- /.sst/", "- /.mgc_binlogs/"};
    for (const auto& own : rsync_filters_of_files()) filters.push_back(own);
    filters.insert(filters.end(), {"+ /*/", "- /*"});
    run_rsync({"--dirs", "--inplace"}, filters, context_.arguments.datadir + '/',
              std::string{rsync_data_module} + '/', "the list of schemas");
  }

  void copy_files(const rsync_module& module) const {
    words filters;
    for (const auto file : module.files) {
      if (!file.empty()) filters.push_back("+ " + std::string{file});
    }
    filters.emplace_back("- **");
    // Under its own name only when it is complete (no --inplace): half of InnoDB's files would keep the server from starting.
    run_rsync({"--dirs"}, filters, context_.settings.directories.*module.directory + '/',
              std::string{module.name} + '/', std::string{module.name});
  }

  void copy_schema(const std::string& name) const {
    run_rsync({"--recursive", "--inplace"}, filters_within(name),
              context_.arguments.datadir + '/' + name + '/', std::string{rsync_data_module} + '/' + name,
              "schema " + name);
  }

  // The server's own files in a directory that looks like a schema's, as seen from there.
  words filters_within(const std::string& schema) const {
    words filters;
    const auto prefix = "- /" + schema + '/';
    for (const auto& filter : rsync_filters_of_files()) {
      if (filter.starts_with(prefix)) filters.push_back("- /" + filter.substr(prefix.size()));
    }
    return filters;
  }

  // Binary logs, whatever directory each is in.
  void copy_binary_logs(const words& files) const {
    command what{.words = base_words()};
    what.words.insert(what.words.end(), files.begin(), files.end());
    what.words.push_back("mgc::" + std::string{rsync_binlog_module} + '/');
    run_sender(what, "sending the binary logs");
  }

 private:
  words base_words() const {
    return {"rsync",   "--rsh=" + shell_, "--owner",        "--group", "--perms",
            "--links", "--specials",      "--ignore-times", "--quiet", "--whole-file"};
  }

  // The server's own files may lie in a directory that looks like a schema's.
  words rsync_filters_of_files() const {
    words filters;
    for (const auto& module : rsync_file_modules) {
      const auto& directory = context_.settings.directories.*module.directory;
      const auto inside = (directory + '/').starts_with(context_.arguments.datadir + '/')
                              ? directory.substr(context_.arguments.datadir.size())
                              : "";
      for (const auto file : module.files) {
        if (!file.empty() && !inside.empty()) filters.push_back("- " + inside + std::string{file});
      }
    }
    return filters;
  }

  // When the joiner's rsync fails, ours does too, but only the joiner knows why: its words are on their way.
  void run_sender(const command& what, const std::string& purpose) const {
    run(context_.process, what, EIO, purpose, std::chrono::seconds{1});
  }

  void run_rsync(const words& options, const words& filters, const std::string& from, const std::string& to,
                 const std::string& what) const {
    command rsync{.words = base_words()};
    rsync.words.emplace_back("--delete");
    rsync.words.insert(rsync.words.end(), options.begin(), options.end());
    for (const auto& filter : filters) rsync.words.push_back("--filter=" + filter);
    rsync.words.push_back(from);
    rsync.words.push_back("mgc::" + to);
    run_sender(rsync, "sending " + for_log(what));
  }

  const sst_context& context_;
  std::string shell_;
};

words schemas_of(const std::string& datadir) {
  words names;
  for (const auto& entry : fs::directory_iterator{datadir}) {
    const auto name = entry.path().filename().string();
    std::error_code vanished;
    if (entry.is_directory(vanished) && name != "lost+found" && name != ".zfs" && name != ".snapshot" &&
        name != ".sst" && name != ".mgc_binlogs")
      names.push_back(name);
  }
  return names;
}

// The last ones, as [sst] sst-max-binlogs says.
words binary_logs_of(const sst_context& context) {
  const auto& directories = context.settings.directories;
  words files;
  if (directories.binlog_index.empty()) return files;
  std::ifstream index{directories.binlog_index};
  for (std::string line; std::getline(index, line);) {
    const auto path = fs::path{line}.is_absolute() ? fs::path{line} : fs::path{directories.data} / line;
    std::error_code ignored;
    if (!line.empty() && fs::exists(path, ignored)) files.push_back(path.string());
  }
  const auto most = static_cast<std::size_t>(std::max(context.settings.max_binlogs, 0));
  if (context.settings.max_binlogs >= 0 && files.size() > most)
    files.erase(files.begin(), files.end() - static_cast<std::ptrdiff_t>(most));
  return files;
}

// Roughly what will be sent; more where the server's files lie among the schemas.
std::uint64_t size_of_all(const sst_context& context) {
  std::uint64_t sum = backup_footprint(context.settings.directories);
  for (const auto& log : binary_logs_of(context)) {
    std::error_code vanished;
    const auto size = fs::file_size(log, vanished);
    if (!vanished) sum += size;
  }
  std::error_code none;
  const auto redo = fs::file_size(context.settings.directories.innodb_log_group_home + "/ib_logfile0", none);
  return none ? sum : sum + redo;
}

// While tables are locked, a joiner that hangs would stop every write on this node for ever: after transfer_timeout without a
// byte in either direction, the transfer ends. A pause is the operator's own.
class lock_watchdog {
 public:
  lock_watchdog(const sst_context& context, donor_session& session, const rsync_channels& channels)
      : thread_{[&](const std::stop_token& stop) {
          auto seen = channels.activity();
          auto since = std::chrono::steady_clock::now();
          while (!stop.stop_requested()) {
            std::this_thread::sleep_for(std::chrono::milliseconds{200});
            const auto now = std::chrono::steady_clock::now();
            if (channels.activity() != seen || session.limit().is_paused()) {
              seen = channels.activity();
              since = now;
            }
            if (now - since > context.settings.transfer_timeout)
              context.process.fail(
                  ETIMEDOUT,
                  fmt::format("nothing moved for {} s ([mgc] transfer_timeout) while this node's tables were "
                              "locked for the joiner; they are unlocked now",
                              context.settings.transfer_timeout.count()));
          }
        }} {}

 private:
  std::jthread thread_;
};

}  // namespace

std::string donate_by_rsync(const sst_context& context, donor_session& session) {
  auto& process = context.process;
  if (session.limit().is_limited())
    process.warn(
        "every write on this node waits until rsync has sent everything, and the limit makes that longer; "
        "mgc_mariabackup does not "
        "block writes");
  const auto total = size_of_all(context);  // before anybody waits for it
  static rsync_channels channels{context, session,
                                 make_temporary_directory(process, context.settings.temporary_directory)};
  session.set_stage("flushing and locking tables");
  auto position = flush_tables(context);
  auto watchdog = std::make_optional<lock_watchdog>(context, session, channels);
  ::sync();
  process.note("tables are flushed and locked at " + position);
  session.announce(position, total);

  const copier copy{context, channels.shell()};
  const auto stage = [&](const std::string& what) {
    session.set_stage(what);
    (void)session.control().send(wire::encode_frame(wire::frame::stage, what.substr(0, 255)));
  };
  stage("schemas' names");
  copy.copy_top();
  const auto names = schemas_of(context.arguments.datadir);
  std::atomic<std::size_t> next{0};
  std::mutex telling;
  const auto workers = context.settings.backup_threads > 0
                           ? context.settings.backup_threads
                           : std::max(1U, std::thread::hardware_concurrency());
  std::list<std::thread> all;
  for (unsigned i = 0; i < workers && i < names.size(); ++i) {
    all.emplace_back([&] {
      for (auto index = next++; index < names.size(); index = next++) {
        {
          const std::lock_guard lock{telling};
          stage(fmt::format("schema {} ({} of {})", for_log(names[index]), index + 1, names.size()));
        }
        copy.copy_schema(names[index]);
      }
    });
  }
  for (auto& worker : all) worker.join();
  for (const auto& module : rsync_file_modules) {
    stage(std::string{module.name});
    copy.copy_files(module);
  }
  if (const auto logs = binary_logs_of(context); !logs.empty()) {
    stage("binary logs");
    copy.copy_binary_logs(logs);
  }
  watchdog.reset();
  process.tell_server("continue");  // writes may go on
  forget_flush(context);            // the server may have written it a second time
  session.finish(channels.bytes(), [&](std::string_view end) {
    if (const auto failed = write_fully(session.control().socket(), end))
      process.fail(EPIPE, fmt::format("cannot send the end: {}", failed.message()));
  });
  return position;
}

}  // namespace mgc::proxy
