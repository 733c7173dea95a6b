// bench-peer: the two ends of every measurement of bench/relay, and the two relays that everything is
// compared with. Ends with 0 when all bytes went where they should, with 1 and a message otherwise.

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>

#include "bench/peer/relays.hpp"
#include "bench/peer/sink.hpp"
#include "bench/peer/source.hpp"

namespace {

using namespace mgc::bench;

// An option that is a whole number of `Unit`s.
template <typename Unit, typename Duration>
void add_time(CLI::App& command, const char* name, Duration& time, const char* description) {
  command.add_option_function<std::uint32_t>(
      name, [&time](std::uint32_t count) { time = Unit{count}; }, description);
}

void add_source(CLI::App& app, source_options& options) {
  auto& command = *app.add_subcommand("source", "send bytes as fast as they are taken");
  command.add_option("--connect", options.connect, "ADDR:PORT; stdout without it");
  command.add_option("--connections", options.connections, "how many to open, each sends --bytes");
  command.add_option("--bytes", options.bytes, "stop after so many; without it when nobody reads any more");
  command.add_flag("--wait-for-line", options.wait_for_line, "connect, then send after a line on stdin");
  command.add_option("--pause-after", options.pause_after, "bytes before the pause");
  add_time<std::chrono::seconds>(command, "--pause", options.pause, "seconds of silence, once");
  command.add_option("--chunk", options.chunk, "bytes of one write")->check(CLI::PositiveNumber);
  add_time<std::chrono::microseconds>(command, "--every", options.every,
                                      "microseconds between chunks; 0: as fast as possible");
  command.callback([&options] { run_source(options); });
}

void add_sink(CLI::App& app, sink_options& options) {
  auto& command = *app.add_subcommand("sink", "discard bytes, note when they came");
  command.add_option("--listen", options.listen, "ADDR:PORT; stdin, which must be a pipe, without it");
  command.add_option("--connections", options.connections, "how many to accept");
  add_time<std::chrono::seconds>(command, "--seconds", options.duration,
                                 "leave so long after the first byte; without it at the end of all flows");
  command.add_flag("--realtime", options.realtime, "run before all ordinary processes");
  add_time<std::chrono::microseconds>(command, "--bin", options.bin_width, "microseconds of one bin");
  command.add_option("--arrivals", options.arrivals, "file to write")->required();
  command.callback([&options] { run_sink(options); });
}

void add_relay(CLI::App& app, const char* name, const char* description, void (*run)(const relay_options&),
               relay_options& options) {
  auto& command = *app.add_subcommand(name, description);
  command.add_option("--listen", options.listen, "ADDR:PORT")->required();
  command.add_option("--connect", options.connect, "ADDR:PORT")->required();
  command.add_option("--arrivals", options.arrivals, "file for what came from the client and when");
  command.callback([&options, run] { run(options); });
}

int run(int argc, char** argv) {
  CLI::App app{"The two ends of a measurement, and two plain relays"};
  app.require_subcommand(1);
  source_options source;
  sink_options sink;
  relay_options splice;
  relay_options copy;
  add_source(app, source);
  add_sink(app, sink);
  add_relay(app, "splice-relay", "socket, 1 MiB pipe, socket", run_splice_relay, splice);
  add_relay(app, "copy-relay", "read and write, 256 KiB", run_copy_relay, copy);
  CLI11_PARSE(app, argc, argv);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return run(argc, argv);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "bench-peer: %s\n", failure.what());
    return 1;
  }
}
