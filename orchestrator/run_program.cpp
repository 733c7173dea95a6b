#include "orchestrator/run_program.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <filesystem>
#include <functional>

#include "orchestrator/config/load_node_settings.hpp"
#include "orchestrator/config/prepare_files.hpp"
#include "orchestrator/config/start_check.hpp"
#include "orchestrator/peers/peer_server.hpp"
#include "orchestrator/run/ist_relay_child.hpp"
#include "orchestrator/run/run_log.hpp"
#include "orchestrator/run/supervisor.hpp"
#include "proxy/bad_setting.hpp"
#include "proxy/node_budget.hpp"
#include "shaper/process.hpp"
#include "shaper/version.hpp"

namespace mgc::orchestrator {
namespace {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;

constexpr auto description =
    "Forms or joins a Galera cluster and keeps this node's server in it: configures, initialises, elects,\n"
    "starts, watches, heals.";

constexpr auto footer = R"(
Everything is asked for by environment variables; 'mgc config --help' lists them, and 'mgc config' shows what
they come to. What it does and why, and for whom it waits, is in the log (standard error), in 'mgc status',
and at http://ADDRESS:4xxxx/healthz, /readyz and /metrics (4 and my_port).

TERM, Ctrl-C, QUIT and a closed terminal stop the server, in the time that it needs, and then mgc.

Examples:
  my_port=3310 cluster_name=demo node1=10.0.0.1 node2=10.0.0.2 node3=10.0.0.3 mgc run
  node1=127.0.0.11 node2=127.0.0.12 local_addr=127.0.0.11 base_dir=/srv/node1 my_port=3310 mgc run
  mgc run -- --wsrep-debug=1            words for mariadbd

Exit codes: 0 stopped as asked; 1 something that should not be; 2 the configuration cannot be used, or an
init script failed: nothing was changed; 128 + N the server was killed by signal N when it was to stop; else
the server's.)";

// Words behind "--" are the server's.
std::vector<std::string> server_words_of(int& argc, const char* const* argv) {
  for (int index = 1; index < argc; ++index) {
    if (std::string_view{argv[index]} != "--") continue;
    std::vector<std::string> words{argv + index + 1, argv + argc};
    argc = index;
    return words;
  }
  return {};
}

// A server of an earlier mgc may still hold the lock, and the ports.
asio::awaitable<proxy::result<server_lock>> wait_for_lock(const std::string& directory) {
  co_return co_await server_lock::wait_for(directory, [](const std::string& who) {
    spdlog::info("waiting for lock: {} runs on this data directory; it has to end first", who);
  });
}

class program {
 public:
  explicit program(const node_settings& settings)
      : settings_{settings}, signals_{context_, SIGTERM, SIGINT, SIGQUIT} {}

  int run() {
    if (!shaper::is_ignored(SIGHUP)) signals_.add(SIGHUP);  // the terminal is gone; nohup means it
    wait_for_signal();
    asio::co_spawn(context_, work(), [this](std::exception_ptr failed) {
      if (failed) failed_ = failed;
      context_.stop();
    });
    context_.run();
    if (failed_) std::rethrow_exception(failed_);
    return code_;
  }

 private:
  void wait_for_signal() {
    signals_.async_wait([this](boost::system::error_code failed, int number) {
      if (failed) return;
      spdlog::info("signal {}", number);
      if (at_signal_) {
        at_signal_();
      } else {
        context_.stop();
      }
      wait_for_signal();
    });
  }

  asio::awaitable<void> work() {
    const auto& directories = settings_.directories;
    std::optional<server_lock> lock;
    if (std::filesystem::is_directory(directories.lock)) lock = *co_await take_lock();
    if (auto problems = start_problems(settings_); !problems.empty())
      throw bad_configuration{std::move(problems)};
    make_directories(settings_);
    if (!lock) lock = *co_await take_lock();
    write_option_files(settings_);
    const auto budget = open_budget();
    child_processes children{context_};
    const server_host host{settings_, children, *lock};
    supervisor node{context_, host, budget.get()};
    const peer_server server{context_, settings_, node};
    at_signal_ = [&node] { node.stop(); };
    const bool relays = settings_.mode != cluster_mode::plain && !settings_.ist_bind.empty();
    if (relays) {
      co_await (until_stopped(node) || keep_ist_relay(settings_, children));
    } else {
      co_await until_stopped(node);
    }
    at_signal_ = nullptr;
    co_await children.settled();
  }

  // `||` goes on with the other side after an exception, so there is none.
  asio::awaitable<void> until_stopped(supervisor& node) {
    try {
      code_ = co_await node.run();
    } catch (...) {
      failed_ = std::current_exception();
    }
  }

  asio::awaitable<std::optional<server_lock>> take_lock() {
    auto taken = co_await wait_for_lock(settings_.directories.lock);
    if (!taken) {
      throw proxy::bad_setting{
          fmt::format("lock_dir '{}': {}", settings_.directories.lock, taken.error().message())};
    }
    co_return std::optional<server_lock>{std::move(*taken)};
  }

  // What `mgc limit` said lasts as long as `mgc run`: then the environment's word counts again.
  std::unique_ptr<shaper::shared_budget> open_budget() const {
    const auto own = settings_.directories.run + "/budget";  // where commands look for it
    const auto& file = settings_.transfer_budget;
    std::error_code ignored;
    std::filesystem::remove(own, ignored);
    if (file != own) std::filesystem::create_symlink(file, own, ignored);
    const auto limit = settings_.transfer_limit ? shaper::parse_rate(*settings_.transfer_limit)
                                                : shaper::result<shaper::rate>{shaper::rate::unlimited()};
    auto opened = proxy::open_or_create_owned(file, *limit);
    if (!opened) throw proxy::bad_setting{proxy::budget_problem(file, opened.error())};
    return std::move(*opened);
  }

  const node_settings& settings_;
  asio::io_context context_{1};
  asio::signal_set signals_;
  std::function<void()> at_signal_;
  std::exception_ptr failed_;
  int code_ = 0;
};

int refuse(const std::vector<std::string>& problems) {
  for (const auto& problem : problems) shaper::complain(shaper::wrong_usage, problem);
  return shaper::wrong_usage;
}

int run(std::vector<std::string> words) {
  try {
    const auto settings = load_node_settings(read_environment(), std::move(words));
    remove_secrets_from_environment();
    set_up_run_log(settings.json_log);
    spdlog::info("{}, node{} at {}, {}", version_text("mgc"), settings.self, settings.address,
                 settings.directories.base);
    for (const auto& warning : settings.warnings) spdlog::warn("{}", warning);
    shaper::raise_open_files_limit();
    return program{settings}.run();
  } catch (const bad_configuration& wrong) {
    return refuse(wrong.problems());
  } catch (const proxy::bad_setting& wrong) {
    return refuse({wrong.what()});
  } catch (const std::exception& unexpected) {
    return shaper::complain(shaper::failed_at_run_time, unexpected.what());
  }
}

}  // namespace

int run_node(int argc, const char* const* argv) {
  shaper::set_up_process("mgc run");
  auto words = server_words_of(argc, argv);
  CLI::App app{description, "mgc run"};
  app.footer(footer);
  try {
    app.parse(argc, argv);
    return run(std::move(words));
  } catch (const CLI::CallForHelp&) {
    return shaper::print(app.help());
  } catch (const CLI::ParseError& wrong) {
    return shaper::complain(shaper::wrong_usage, fmt::format("{}\nTry 'mgc run --help'.", wrong.what()));
  }
}

}  // namespace mgc::orchestrator
