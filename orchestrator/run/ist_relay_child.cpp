#include "orchestrator/run/ist_relay_child.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "shaper/endpoint.hpp"

namespace mgc::orchestrator {
namespace {

constexpr std::chrono::seconds pause_between{2};
constexpr auto own_program = "/proc/self/exe";

}  // namespace

std::vector<std::string> ist_relay_words(const node_settings& settings, const std::string& program) {
  const auto at = [&](const std::string& host) { return shaper::to_string({host, settings.ports.ist}); };
  std::vector<std::string> words{program,      "ist-relay",
                                 "--listen",   at(settings.address),
                                 "--connect",  at(settings.ist_bind),
                                 "--budget",   settings.transfer_budget,
                                 "--progress", "10"};
  if (settings.transfer_limit) {
    words.emplace_back("--limit");
    words.push_back(*settings.transfer_limit);
  }
  return words;
}

boost::asio::awaitable<void> keep_ist_relay(const node_settings& settings, child_processes& children) {
  boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor};
  for (;;) {
    auto started = children.start({.words = ist_relay_words(settings, own_program)});
    if (started) {
      const auto status = co_await started->ended();
      spdlog::error("the IST relay ended ({}); until it is up again this node cannot receive an IST",
                    to_string(status));
    } else {
      spdlog::error("the IST relay cannot be started: {}", started.error().message());
    }
    timer.expires_after(pause_between);
    co_await timer.async_wait(boost::asio::use_awaitable);
  }
}

}  // namespace mgc::orchestrator
