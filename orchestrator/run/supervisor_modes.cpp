// Without an election: cluster_mode=0, a server that is in no cluster, and join_address, a node that only ever joins.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "orchestrator/run/supervisor.hpp"

namespace mgc::orchestrator {
namespace {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;
using namespace std::chrono_literals;

constexpr auto patience = 1000ms;
constexpr auto pause_after_a_crash = 10s;  // for a group that cannot be asked; evs.suspect_timeout is 5 s

// Whether somebody takes TCP connections there; a group port says no more to a stranger.
asio::awaitable<bool> takes_connections(std::string address, std::uint16_t port) {
  const auto executor = co_await asio::this_coro::executor;
  asio::ip::tcp::socket socket{executor};
  asio::steady_timer deadline{executor, patience};
  const asio::ip::tcp::endpoint there{asio::ip::make_address(address), port};
  const auto connected = co_await (socket.async_connect(there, asio::as_tuple(asio::use_awaitable)) ||
                                   deadline.async_wait(asio::as_tuple(asio::use_awaitable)));
  co_return connected.index() == 0 && !std::get<0>(std::get<0>(connected));
}

}  // namespace

asio::awaitable<void> supervisor::start_plain() {
  if (data_.kind == data_kind::aborted) {
    hopeless_ = true;
    enter(phase::deciding,
          fmt::format("{} holds what a state transfer left that did not end; move it away to begin anew",
                      host_.settings.directories.data));
    co_return;
  }
  co_await fill_if_empty("cluster_mode=0: a server without a cluster");
  enter(phase::starting, "cluster_mode=0: a server without a cluster");
  start_server({});
}

asio::awaitable<void> supervisor::join_named() {
  if (hears_primary()) co_return co_await act_on(decide(known()));
  const auto names = fmt::format("{}", fmt::join(host_.settings.join_addresses, ", "));
  const bool may_be_lost = data_.kind != data_kind::empty && data_.kind != data_kind::aborted;
  bool reachable = false;
  for (const auto& [number, one] : peers_) {
    if (one.report) continue;
    const bool taken = co_await takes_connections(one.address, host_.settings.ports.group);
    reachable = reachable || taken;
  }
  if (!reachable) {
    enter(phase::deciding, fmt::format("join_address: none of {} is Primary, or takes connections at port {}",
                                       names, host_.settings.ports.group));
    co_return;
  }
  if (may_be_lost && !host_.settings.allow_data_replace) {
    hopeless_ = true;
    enter(phase::deciding,
          fmt::format(
              "join_address: no mgc answers at {}, so nobody knows whether the cluster there has what is in "
              "{} ({}); start it once with allow_data_replace=1 if that may be lost",
              names, host_.settings.directories.data, describe(data_)));
    co_return;
  }
  const bool was_killed = data_.kind == data_kind::crashed || data_.kind == data_kind::aborted;
  if (was_killed && clock::now() < looked_at_ + pause_after_a_crash) {
    enter(phase::deciding,
          fmt::format("join_address: {} takes connections; its group has {} s to notice that the last server "
                      "here ended",
                      names, pause_after_a_crash.count()));
    co_return;
  }
  start_as_joiner(fmt::format("join_address: {} takes connections", names), 0, may_be_lost);
}

}  // namespace mgc::orchestrator
