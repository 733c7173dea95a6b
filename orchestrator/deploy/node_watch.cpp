#include "orchestrator/deploy/node_watch.hpp"

#include <fmt/format.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <charconv>
#include <chrono>

#include "orchestrator/peers/http_exchange.hpp"

namespace mgc::orchestrator {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using boost::system::in_place_error;

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds patience{3};
constexpr std::size_t most_bytes = std::size_t{1024} * 1024;

std::string why_not(const error_code& failed, std::uint16_t port) {
  if (failed == asio::error::connection_refused)
    return fmt::format("its mgc does not listen at TCP port {} yet", port);
  if (failed == beast::error::timeout)
    return fmt::format("its mgc does not answer: does a firewall let TCP port {} through?", port);
  return fmt::format("its mgc does not answer at TCP port {}: {}", port, failed.message());
}

asio::awaitable<boost::system::result<http_response>> get(std::string address, std::uint16_t port,
                                                          std::string target) {
  beast::tcp_stream stream{co_await asio::this_coro::executor};
  tcp::resolver resolver{stream.get_executor()};
  stream.expires_after(patience);
  const auto [unknown, addresses] = co_await resolver.async_resolve(address, std::to_string(port), no_throw);
  if (unknown) co_return unknown;
  const auto [failed, endpoint] = co_await stream.async_connect(addresses, no_throw);
  if (failed) co_return failed;
  http_request request{http::verb::get, target, 11};
  request.set(http::field::host, address);
  request.keep_alive(false);
  auto done = co_await exchange(stream, std::move(request), most_bytes);
  if (!done) co_return done.error();
  co_return std::move(done->response);
}

}  // namespace

std::optional<std::uint64_t> gauge_of(std::string_view metrics, std::string_view name) {
  while (!metrics.empty()) {
    const auto end = std::min(metrics.find('\n'), metrics.size());
    auto line = metrics.substr(0, end);
    metrics.remove_prefix(std::min(end + 1, metrics.size()));
    if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != ' ') continue;
    line.remove_prefix(name.size() + 1);
    std::uint64_t value = 0;
    const auto [rest, failed] = std::from_chars(line.data(), line.data() + line.size(), value);
    if (failed != std::errc{} || rest != line.data() + line.size()) return std::nullopt;
    return value;
  }
  return std::nullopt;
}

asio::awaitable<watched_node> look_at_node(std::string address, std::uint16_t peer_port) {
  watched_node made;
  std::string target = "/readyz";
  const auto health = co_await get(address, peer_port, std::move(target));
  if (!health) {
    made.problem = why_not(health.error(), peer_port);
    co_return made;
  }
  auto read = parse_node_health(health->body());
  if (!read) {
    made.problem = fmt::format("what answers at TCP port {} is no mgc", peer_port);
    co_return made;
  }
  made.health = std::move(*read);
  if (!made.health->ready) co_return made;
  target = "/metrics";
  const auto metrics = co_await get(address, peer_port, std::move(target));
  if (metrics) made.cluster_size = gauge_of(metrics->body(), "mgc_cluster_size").value_or(0);
  co_return made;
}

}  // namespace mgc::orchestrator
