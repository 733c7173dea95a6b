#include "proxy/mariabackup_donor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "proxy/backup_command.hpp"
#include "proxy/backup_watch.hpp"
#include "proxy/datadir.hpp"
#include "proxy/donor_server.hpp"
#include "proxy/log_text.hpp"
#include "proxy/old_logs.hpp"
#include "proxy/pipe.hpp"
#include "proxy/xbstream.hpp"

namespace mgc::proxy {
namespace {

// Tells status, and the joiner's, which file is on its way; at most once a second, between two frames.
class stage_teller {
 public:
  stage_teller(donor_session& session, backup_watch& watch, const xbstream_observer& stream, int sink)
      : session_{session}, watch_{watch}, stream_{stream}, sink_{sink} {}

  void operator()() {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_ || stream_.file() == told_) return;
    next_ = now + std::chrono::seconds{1};
    told_ = stream_.file();
    watch_.streaming(told_);
    // A sink that fails is noticed by who sends the data.
    (void)write_fully(sink_,
                      session_.control().seal(wire::encode_frame(wire::frame::stage, told_.substr(0, 255))));
  }

 private:
  donor_session& session_;
  backup_watch& watch_;
  const xbstream_observer& stream_;
  int sink_;
  std::string told_;
  shaper::time_point next_;
};

// The server itself looks at wsrep_sst_method while mariadb-backup holds its locks, and with any other value than
// "mariabackup" it leaves the group meanwhile and applies nothing (sql/backup.cc).
class method_for_backup {
 public:
  explicit method_for_backup(const sst_context& context)
      : process_{context.process}, login_{login_of(context)} {
    donor_server server{login_};
    const auto before = server.set_sst_method("mariabackup");
    if (!before) {
      process_.warn(
          fmt::format("this node will apply nothing while the backup holds its locks, because "
                      "wsrep_sst_method cannot be set to 'mariabackup' "
                      "for that time: {}; give the user of [sst] wsrep-sst-auth the privilege SUPER",
                      for_log(before.error().text)));
      return;
    }
    before_ = *before;
    last_words_ = process_.add_last_words([this](int, const std::string&) { restore(); });
  }
  ~method_for_backup() {
    if (before_.empty()) return;
    process_.forget_last_words(last_words_);
    restore();
  }
  method_for_backup(const method_for_backup&) = delete;
  method_for_backup& operator=(const method_for_backup&) = delete;

 private:
  // By a connection of its own: it may be any thread that fails.
  void restore() const {
    donor_server server{login_};
    if (const auto set = server.set_sst_method(before_); !set)
      process_.warn(fmt::format("wsrep_sst_method was '{}' and is 'mariabackup' now: {}", before_,
                                for_log(set.error().text)));
  }

  transfer_process& process_;
  server_login login_;
  std::string before_;  // empty: it could not be set
  unsigned last_words_ = 0;
};

}  // namespace

std::string donate_by_mariabackup(const sst_context& context, donor_session& session) {
  auto& process = context.process;
  const auto gtid = context.arguments.gtid + ' ' + context.arguments.gtid_domain_id;
  session.announce(gtid, backup_footprint(context.settings.directories));

  const auto temporary = make_temporary_directory(process, context.settings.temporary_directory);
  std::filesystem::create_directory(temporary + "/target");  // mariadb-backup wants one, and leaves it empty
  const auto log = context.arguments.datadir + "/mariabackup.backup.log";
  archive_log(context, log);

  auto data = make_pipe(process);
  auto said = make_pipe(process);
  ::fcntl(data.read.get(), F_SETPIPE_SZ, wire::most_data);
  auto backup = backup_to_stream(context, temporary);
  backup.what.output = data.write.get();
  backup.what.errors = said.write.get();
  backup_watch watch{context, session, std::move(said.read), log};
  const method_for_backup as_stock{context};
  auto started = child::start(process, backup.what);
  if (!started)
    process.fail(started.error().value(),
                 fmt::format("cannot start mariadb-backup: {}; is the package mariadb-backup installed?",
                             started.error().message()));
  data.write = shaper::file_descriptor{};
  said.write = shaper::file_descriptor{};

  session.control_carries_data();
  const auto output = session.output(session.control());
  xbstream_observer observer;
  stage_teller tell_stage{session, watch, observer, output->sink()};
  const stream_source source{.from = data.read.get(),
                             .compresses = [&] { return session.compresses(); },
                             .observer = &observer,
                             .moved =
                                 [&](std::uint64_t bytes) {
                                   session.progress().data(bytes);
                                   watch.streamed(bytes);
                                   tell_stage();
                                 }};
  const auto sent = send_stream(session.control(), source, output->sink());
  if (!sent.complete()) process.fail(sent.code, sent.why);
  const auto status = started->wait();
  watch.finish();
  if (!status.good()) {
    const auto why =
        fmt::format("mariadb-backup on the donor ended with {}: {}; all it said is in the donor's {}",
                    to_string(status), watch.why_it_failed(), log);
    session.stop_listening();
    const wire::failure_report report{EINVAL, why};
    (void)write_fully(output->sink(),
                      session.control().seal(wire::encode_frame(wire::frame::failure, report.encode())));
    output->finish();
    process.fail(EINVAL, why);
  }
  if (observer.if_ended_now() == xbstream_observer::ending::truncated)
    process.fail(EIO, "mariadb-backup ended well, but its stream ends within a file");
  session.finish(sent.bytes, [&](std::string_view end) {
    if (const auto failed = write_fully(output->sink(), end))
      process.fail(EPIPE, fmt::format("cannot send the end: {}", failed.message()));
  });
  output->finish();
  return context.arguments.gtid;
}

}  // namespace mgc::proxy
