#include "shaper/options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "shaper/version.hpp"

namespace mgc::shaper {
namespace {

constexpr auto description =
    "Moves bytes at an exact, even rate: from standard input to standard output, or as a TCP relay.";

constexpr auto footer =
    R"(Rates: 6000 is KB/s, 1 KB is 1024 bytes. 6000k is the same, 50M and 1G are MB/s and GB/s,
400mbit is megabits (of 1000000 bits) per second, 'unlimited' is no limit. The least is 1 KB/s.
The bytes counted are those that the program on either side sees, not packet headers.

Progress: 'auto' draws a bar when standard error is a terminal, 'always' also prints a line every
5 seconds when it is not, 'never' prints nothing. What holds the transfer back is said: the limit,
the source, the sink or a pause.

Shared limits: all processes with the same --budget FILE share one limit. An existing FILE keeps its
limit whatever --limit says; --set-limit changes it for all of them at once, 'pause' stops them.

Examples:
  mariadb-backup --backup --stream=mbstream | mgc-shaper --limit 6000 > backup.mbs
  mgc-shaper --limit 50M --size 20G < backup.mbs | ssh db2 'cat > backup.mbs'
  mgc-shaper --limit 6000 --listen 192.0.2.2:4444 --connect 127.0.0.1:14444
  mgc-shaper --limit 6000 --budget /run/mgc.budget < dump.sql | mariadb db1
  mgc-shaper --budget /run/mgc.budget --set-limit 20000

Exit codes: 0 everything was delivered; 1 the transfer failed or was cut; 2 the command line, or a
file it names, is wrong; 128 + N ended by signal N (130 Ctrl-C, 143 TERM).)";

// An option's text as given, turned into its value only after the whole line was understood.
struct texts {
  std::string limit;
  std::string set_limit;
  std::string budget;
  std::string size;
  std::string progress = "auto";
  std::string status_json;
  std::string listen;
  std::string connect;
  std::string direction = "both";
  std::string idle_timeout;
  std::string drain;
  bool once = false;
};

limit_change to_limit_change(const texts& given) {
  if (given.budget.empty()) {
    throw bad_option{"--set-limit: needs --budget FILE, the budget whose limit is to change"};
  }
  if (given.set_limit == "pause") return {given.budget, rate::paused()};
  return {given.budget, accept("--set-limit", given.set_limit, parse_rate(given.set_limit))};
}

relay_options to_relay(const texts& given) {
  if (given.listen.empty()) throw bad_option{"--connect: needs --listen ADDR:PORT as well"};
  if (given.connect.empty()) throw bad_option{"--listen: needs --connect HOST:PORT as well"};
  relay_options relay;
  relay.listen = accept("--listen", given.listen, parse_endpoint(given.listen));
  relay.connect = accept("--connect", given.connect, parse_endpoint(given.connect));
  if (relay.connect.port == 0) refuse("--connect", given.connect, "port 0 cannot be connected to");
  relay.which = choose<shaped>("--direction", given.direction,
                               {{"up", shaped::up}, {"down", shaped::down}, {"both", shaped::both}});
  relay.drain = to_seconds("--drain", given.drain).value_or(relay.drain);
  relay.once = given.once;
  return relay;
}

program_options to_program(const CLI::App& app, const texts& given) {
  program_options options;
  if (!given.limit.empty()) options.limit = accept("--limit", given.limit, parse_rate(given.limit));
  options.budget_file = given.budget;
  if (!options.limit && options.budget_file.empty()) {
    throw bad_option{"--limit: is required; give KB/s, or 'unlimited' to move at full speed"};
  }
  if (!given.size.empty()) options.total = accept("--size", given.size, parse_size(given.size));
  options.progress = choose<progress_mode>("--progress", given.progress,
                                           {{"auto", progress_mode::automatic},
                                            {"always", progress_mode::always},
                                            {"never", progress_mode::never}});
  options.status_file = given.status_json;
  options.idle_timeout = to_seconds("--idle-timeout", given.idle_timeout).value_or(duration{0});
  if (!given.listen.empty() || !given.connect.empty()) {
    options.relay = to_relay(given);
    options.relay->idle_timeout = options.idle_timeout;
    options.relay->total = options.total;
    if (options.total != 0 && !given.once) throw bad_option{"--size: for a relay it needs --once"};
  } else {
    for (const auto* const option : {"--direction", "--once", "--drain"}) {
      if (app.count(option) > 0)
        throw bad_option{fmt::format("{}: is for a relay; it needs --listen", option)};
    }
  }
  return options;
}

}  // namespace

std::variant<program_options, limit_change, early_exit> parse_options(int argc, const char* const* argv) {
  texts given;
  CLI::App app{description, "mgc-shaper"};
  app.footer(footer);
  app.set_version_flag("--version", version_text("mgc-shaper"));
  app.get_formatter()->column_width(26);
  app.add_option("--limit", given.limit, "The rate not to exceed, 1 KB/s to 1 TB/s or 'unlimited'")
      ->type_name("RATE");
  app.add_option("--budget", given.budget, "Share one limit with all who name FILE; made if it is not there")
      ->type_name("FILE");
  app.add_option("--set-limit", given.set_limit,
                 "Change the limit of --budget FILE and exit; 'pause' stops all")
      ->type_name("RATE");
  app.add_option("--size", given.size, "Bytes to be expected, for percent and ETA (2400M, 20G)")
      ->type_name("BYTES");
  app.add_option("--progress", given.progress, "auto, always or never (default auto)")->type_name("WHEN");
  app.add_option("--status-json", given.status_json, "Keep the present state in FILE, renewed each second")
      ->type_name("FILE");
  app.add_option("--idle-timeout", given.idle_timeout,
                 "Fail when nothing moves for so long (default 0: never)")
      ->type_name("SECONDS");
  app.add_option("--listen", given.listen, "Relay: accept TCP connections here (port 0: any free one)")
      ->type_name("ADDR:PORT");
  app.add_option("--connect", given.connect, "Relay: and open one to there for each")->type_name("HOST:PORT");
  app.add_option("--direction", given.direction,
                 "Relay: limit what flows up (to --connect), down or both (default both)")
      ->type_name("WAY");
  app.add_flag("--once", given.once, "Relay: serve one connection, then exit with its outcome")
      ->disable_flag_override();
  app.add_option("--drain", given.drain,
                 "Relay: after TERM or Ctrl-C, time for connections to end (default 5)")
      ->type_name("SECONDS");
  try {
    parse(app, argc, argv);
    if (app.count("--set-limit") == 0) return to_program(app, given);
    for (const auto* const option : app.get_options()) {
      if (option->count() > 0 && option->get_name() != "--set-limit" && option->get_name() != "--budget") {
        throw bad_option{option->get_name() + ": does not go with --set-limit, which only changes a budget"};
      }
    }
    return to_limit_change(given);
  } catch (...) {
    return to_early_exit(app);
  }
}

}  // namespace mgc::shaper
