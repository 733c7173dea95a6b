#include "proxy/ist_relay_program.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/signal_set.hpp>
#include <variant>

#include "proxy/bad_setting.hpp"
#include "proxy/ist_relay.hpp"
#include "proxy/load_settings.hpp"
#include "proxy/node_budget.hpp"
#include "shaper/command_line.hpp"
#include "shaper/process.hpp"
#include "shaper/version.hpp"

namespace mgc::proxy {
namespace {

namespace asio = boost::asio;

constexpr auto program = "mgc ist-relay";

constexpr auto description =
    "Receives Galera's incremental state transfers (IST) at a limited rate and hands them to the server of "
    "this node.";

constexpr auto footer =
    R"(Runs on the joiner; donors need nothing. Galera must listen on a loopback address with the same port,
because it tells donors the port that it listens on. In my.cnf, for the first example:

  wsrep_provider_options="ist.recv_bind=127.0.0.1:4568"

A wsrep_allowlist, if there is one, must have 127.0.0.1 in it. Start the relay before the server, and keep
it running: it serves one state transfer after another. Without it the node cannot join.

Rates: 6000 is KB/s, 1 KB is 1024 bytes. 6000k is the same, 50M and 1G are MB/s and GB/s, 400mbit is
megabits (of 1000000 bits) per second, 'unlimited' is no limit. The default is transfer_limit in [mgc] of the
option files, else rlimit in [sst], else unlimited; with --budget it is unlimited. The limit is shared with
all who use the same budget file: FILE, else what transfer_budget in [mgc] names, else /run/mgc/budget or
/run/mysqld/mgc.budget. An existing one keeps its limit; 'mgc limit RATE' changes it at any time, also in the
middle of a transfer, and 'mgc status' shows how that goes.

Each transfer is logged on standard error: its start, where it is (seqnos, events, bytes, bytes per second)
and its end. How many events there will be only the server knows. One connection that is closed at once
after each transfer is normal: Galera looks whether its port is closed.

Examples:
  mgc ist-relay --listen 192.0.2.5:4568 --connect 127.0.0.1:4568 --limit 6000
  mgc ist-relay --listen 192.0.2.5:4568 --connect 127.0.0.1:4568 --budget /var/tmp/ist-budget
  mgc ist-relay --listen [2001:db8::5]:4568 --connect [::1]:4568 --limit 50M --progress 60

Exit codes: 0 ended by a signal, and running transfers ended within --drain; 1 it cannot listen;
2 the command line, or the file it names, is wrong; 128 + N ended by signal N (130 Ctrl-C, 143 TERM) and a
transfer was cut: that node has to join again.)";

struct program_options {
  ist_relay_options relay;
  std::optional<shaper::rate> limit;
  std::string budget_file;
};

struct texts {
  std::string listen;
  std::string connect;
  std::string limit;
  std::string budget;
  std::string progress;
  std::string drain;
};

// An address, not a name: what a name means may be several addresses, and Galera must be connected to once.
shaper::endpoint to_address(std::string_view option, const std::string& text) {
  if (text.empty()) throw shaper::bad_option{fmt::format("{}: is required; give ADDRESS:PORT", option)};
  auto endpoint = shaper::accept(option, text, shaper::parse_endpoint(text));
  shaper::error_code failed;
  const auto address = asio::ip::make_address(endpoint.host, failed);
  if (failed) shaper::refuse(option, text, "give an address, not a name");
  if (address.is_unspecified()) {
    shaper::refuse(option, text, "give one address of this node; Galera needs the same port on another");
  }
  if (endpoint.port == 0) shaper::refuse(option, text, "give the port of IST, 4568 unless you changed it");
  return endpoint;
}

program_options to_program(const texts& given) {
  program_options options;
  options.relay.listen = to_address("--listen", given.listen);
  options.relay.connect = to_address("--connect", given.connect);
  if (!given.limit.empty())
    options.limit = shaper::accept("--limit", given.limit, shaper::parse_rate(given.limit));
  options.budget_file = given.budget;
  options.relay.progress = shaper::to_seconds("--progress", given.progress).value_or(options.relay.progress);
  options.relay.drain = shaper::to_seconds("--drain", given.drain).value_or(options.relay.drain);
  return options;
}

std::variant<program_options, shaper::early_exit> parse_options(int argc, const char* const* argv) {
  texts given;
  CLI::App app{description, program};
  app.footer(footer);
  app.set_version_flag("--version", version_text(program));
  app.get_formatter()->column_width(26);
  app.add_option("--listen", given.listen, "Where donors connect: an address of this node")
      ->type_name("ADDR:PORT");
  app.add_option("--connect", given.connect, "Where Galera listens (ist.recv_bind): the same port")
      ->type_name("ADDR:PORT");
  app.add_option("--limit", given.limit, "The rate not to exceed (default: as for full transfers)")
      ->type_name("RATE");
  app.add_option("--budget", given.budget,
                 "Where the limit is shared (default: with all transfers of this node)")
      ->type_name("FILE");
  app.add_option("--progress", given.progress, "Say how it goes so often (default 10; 0: only at the end)")
      ->type_name("SECONDS");
  app.add_option("--drain", given.drain, "After TERM or Ctrl-C, time for a transfer to end (default 60)")
      ->type_name("SECONDS");
  try {
    shaper::parse(app, argc, argv);
    return to_program(given);
  } catch (...) {
    return shaper::to_early_exit(app);
  }
}

// The named one, else the node's own, which SST has too. Throws bad_option or bad_setting.
std::unique_ptr<shaper::shared_budget> open_budget(const program_options& options) {
  if (!options.budget_file.empty()) {
    auto named = shaper::open_budget(options.budget_file, options.limit, shaper::rate::unlimited());
    if (!named) shaper::refuse("--budget", options.budget_file, named.error().message());
    return std::move(*named);
  }
  const auto configured = configured_budget_file();
  // A budget that this makes is the node's: SST, which comes later, finds its own limit in it.
  const auto limit = options.limit ? *options.limit : configured_transfer_limit().limit;
  auto opened = open_node_budget(configured, limit);
  if (!opened) throw bad_setting{"[mgc] transfer_budget: " + budget_problem(configured, opened.error())};
  if (!opened->note.empty()) spdlog::info(opened->note);
  return std::move(opened->budget);
}

int serve(const program_options& options) {
  const auto budget = open_budget(options);
  asio::io_context context{1};
  asio::signal_set signals{context};
  shaper::add_signals_to_end_by(signals);
  shaper::raise_open_files_limit();
  ist_relay relay{context.get_executor(), *budget, options.relay};
  if (const auto failed = relay.listen()) {
    return shaper::complain(
        shaper::failed_at_run_time,
        fmt::format("--listen '{}': {}", to_string(failed->where), failed->why.message()));
  }
  spdlog::info("listening on {}, connecting to {}, limit {}", to_string(options.relay.listen),
               to_string(options.relay.connect), to_string(budget->tokens().limit()));
  if (options.relay.listen.port != options.relay.connect.port) {
    spdlog::warn(
        "Galera will tell donors port {}, not {}: unless something on the way translates it, give both the "
        "same",
        options.relay.connect.port, options.relay.listen.port);
  }
  const auto end = shaper::run_until_signalled(context, signals, relay.run(), [&](int number) {
    spdlog::info("signal {}: no more transfers; {} running, to end within {} s (signal again to cut)", number,
                 relay.connections(),
                 std::chrono::duration_cast<std::chrono::seconds>(options.relay.drain).count());
    relay.stop();
  });
  return end.exit_code();
}

}  // namespace

int run_ist_relay(int argc, const char* const* argv) {
  shaper::set_up_process(program);
  shaper::set_up_log();
  const auto parsed = parse_options(argc, argv);
  try {
    if (const auto* const leave = std::get_if<shaper::early_exit>(&parsed)) return shaper::leave(*leave);
    return serve(std::get<program_options>(parsed));
  } catch (const shaper::bad_option& wrong) {
    return shaper::complain(shaper::wrong_usage, wrong.what());
  } catch (const bad_setting& wrong) {
    return shaper::complain(shaper::wrong_usage, wrong.what());
  } catch (const std::exception& broken) {
    return shaper::complain(shaper::failed_at_run_time,
                            fmt::format("stopped by an error that should not be: {}", broken.what()));
  }
}

}  // namespace mgc::proxy
