#include "proxy/sst_program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <span>
#include <string_view>

#include "proxy/bad_setting.hpp"
#include "proxy/datadir.hpp"
#include "proxy/donor_session.hpp"
#include "proxy/joiner_session.hpp"
#include "proxy/load_settings.hpp"
#include "proxy/mariabackup_donor.hpp"
#include "proxy/mariabackup_joiner.hpp"
#include "proxy/os_user.hpp"
#include "proxy/rsync_donor.hpp"
#include "proxy/rsync_joiner.hpp"
#include "proxy/server_input.hpp"
#include "proxy/sst_arguments.hpp"
#include "proxy/sst_settings.hpp"
#include "proxy/transfer_process.hpp"

namespace mgc::proxy {
namespace {

constexpr std::string_view usage =
    "wsrep_sst_{0}: copies a whole node of a MariaDB Galera cluster, or hands over to IST, through a rate "
    "limit.\n"
    "\n"
    "The server starts it; it is not meant for the command line. In the option file of every node:\n"
    "\n"
    "  [mysqld]\n"
    "  wsrep_sst_method = {0}\n"
    "  [mgc]\n"
    "  transfer_limit   = 6000     # KB/s (1 KB is 1024 bytes), 50M, 400mbit or unlimited (default)\n"
    "\n"
    "More in group [mgc]:\n"
    "  transfer_budget    FILE that all transfers of the host share; default /run/mgc/budget or "
    "/run/mysqld/mgc.budget\n"
    "  transfer_tls       auto (default), off, psk (needs cluster_secret) or cert (needs tls_cert, tls_key, "
    "tls_ca)\n"
    "  cluster_secret     the same on all nodes; or cluster_secret_file\n"
    "  transfer_compress  auto (default): zstd up to 24 MB/s on the wire; zstd; off\n"
    "  transfer_timeout   seconds without a sign of life of the other node (default 120)\n"
    "Of group [sst]: rlimit, sst-initial-timeout, backup-threads, inno-backup-opts, inno-apply-opts, "
    "inno-move-opts,\n"
    "use-memory, tmpdir, cpat, sst-max-binlogs, sst-log-archive, sst-log-archive-dir, compress, ssl "
    "settings.\n"
    "\n"
    "`mgc status` shows running transfers, `mgc limit RATE` changes their limit at once.\n"
    "Exit codes: 0 done; else an errno, for example 22 bad setting, 32 peer lost, 110 timeout, 111 refused,\n"
    "114 another transfer runs.\n";

bool asks_for_help(std::span<char* const> words) {
  for (const std::string_view word : words) {
    if (word == "--mysqld-args") return false;
    if (word == "--help" || word == "-h") return true;
  }
  return words.empty();
}

// For the log, before anything else is known: donor and joiner of one host may share one.
std::string role_in(std::span<char* const> words) {
  for (const std::string_view word : words) {
    if (word == "donor" || word == "--role=donor") return " donor";
    if (word == "joiner" || word == "--role=joiner") return " joiner";
  }
  return {};
}

// The marker that supervisors look for while a transfer runs.
void mark_progress(transfer_process& process, const std::string& datadir) {
  const auto path = datadir + "/sst_in_progress";
  process.remove_at_end(path);
  const shaper::file_descriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640)};
  if (!file) process.warn(fmt::format("cannot make {}", path));
}

// Of servers since MariaDB 11, which put nothing of it into the environment.
void read_input_of_server(transfer_process& process, sst_environment& environment) {
  constexpr std::chrono::seconds patience{10};
  const auto text = read_server_input(STDIN_FILENO, patience);
  if (!text) {
    process.fail(text.error().value(),
                 fmt::format("what the server has to say on standard input: {}", text.error().message()));
  }
  auto found = parse_server_input(*text);
  environment.remote_authentication = std::move(found.remote_authentication);
  if (environment.authentication.empty()) environment.authentication = std::move(found.authentication);
}

void donate(const sst_context& context, const sst_environment& environment) {
  auto& process = context.process;
  process.watch_server(0);
  const auto position =
      context.arguments.gtid +
      (context.arguments.gtid_domain_id.empty() ? "" : " " + context.arguments.gtid_domain_id);
  donor_session session{context, environment.remote_authentication};
  process.guard([&] {
    if (context.arguments.bypass) {
      session.bypass(position);
      process.note("the joiner uses IST; nothing had to be copied");
      process.tell_server("continue");
      process.tell_server("done " + position);
      return;
    }
    lock_transfers(process, context.arguments.datadir);
    const auto sent = context.method == sst_method::rsync ? donate_by_rsync(context, session)
                                                          : donate_by_mariabackup(context, session);
    process.note("the joiner has everything");
    process.tell_server("done " + sent);
  });
}

void join(const sst_context& context) {
  auto& process = context.process;
  if (!context.arguments.parent) throw bad_setting{"--parent is missing: the joining server's process id"};
  process.watch_server(*context.arguments.parent);
  lock_transfers(process, context.arguments.datadir);
  mark_progress(process, context.arguments.datadir);
  joiner_session session{context};
  process.guard([&] {
    const auto& options = session.await_donor();
    auto position = options.gtid;
    if (options.bypass) {
      session.acknowledge(session.await_end());
      process.note("the donor says that IST is enough: nothing is copied, the data stays as it is");
    } else {
      position = context.method == sst_method::rsync ? join_by_rsync(context, session, options)
                                                     : join_by_mariabackup(context, session, options);
    }
    process.note("position " + position);
    process.tell_server(position);
  });
}

}  // namespace

int run_sst(sst_method method, int argc, char** argv) {
  const std::span words{argv + 1, argv + argc};
  if (asks_for_help(words)) {
    const auto text = fmt::format(fmt::runtime(usage), to_word(method));
    const bool asked = !words.empty();
    const bool written = std::fputs(text.c_str(), asked ? stdout : stderr) >= 0 && std::fflush(nullptr) == 0;
    return asked && written ? 0 : EINVAL;
  }
  static transfer_process process{std::string{to_word(method)} + role_in(words)};
  process.guard([&] {
    const auto arguments =
        parse_sst_arguments(std::span<const char* const>{argv, static_cast<std::size_t>(argc)});
    auto environment = read_sst_environment();
    if (arguments.role == sst_role::donor) {
      environment.system_user = own_os_user();
      if (environment.remote_authentication.empty()) read_input_of_server(process, environment);
    }
    const auto settings = load_settings(arguments, environment);
    for (const auto& note : settings.notes) process.note(note);
    const sst_context context{process, method, arguments, settings};
    if (arguments.role == sst_role::donor) {
      donate(context, environment);
    } else {
      join(context);
    }
  });
  process.succeed();
}

}  // namespace mgc::proxy
