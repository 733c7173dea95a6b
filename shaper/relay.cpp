#include "shaper/relay.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "shaper/socket_shaping.hpp"

namespace mgc::shaper {
namespace {

namespace asio = boost::asio;
namespace errc = boost::system::errc;
using namespace asio::experimental::awaitable_operators;
using asio::ip::tcp;
using clock = std::chrono::steady_clock;

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds limit_check{20};  // how late a change of the limit may be noticed
constexpr std::chrono::seconds connect_timeout{30};
constexpr std::chrono::milliseconds accept_retry{100};  // after a failure such as too many open files

std::string to_text(const tcp::endpoint& e) { return to_string(endpoint{e.address().to_string(), e.port()}); }

// Writes what becomes of a connection to the log.
class log_witness final : public witness {
 public:
  log_witness(std::string peer, const endpoint& target)
      : peer_{std::move(peer)}, target_{to_string(target)} {}

  void refused(error_code why) override {
    spdlog::error("{}: connection refused, because {} cannot be reached: {}", peer_, target_, why.message());
  }
  void connected() override { spdlog::info("{}: connected to {}", peer_, target_); }
  void ended(const outcome& how, std::uint64_t bytes, duration took) override {
    const std::chrono::duration<double> seconds = took;
    if (how.complete()) {
      spdlog::info("{}: complete, {} bytes in {:.3f} s", peer_, bytes, seconds.count());
    } else {
      spdlog::error("{}: reset after {} bytes and {:.3f} s: {}", peer_, bytes, seconds.count(),
                    to_string(how));
    }
  }

 private:
  std::string peer_;
  std::string target_;
};

// Whether a connection to `target` would arrive at `listening`: a relay to itself would run until the descriptors are
// used up. A host's own addresses are those that can be bound.
bool is_same(const tcp::endpoint& listening, const tcp::endpoint& target) {
  if (listening.port() == 0 || listening.port() != target.port()) return false;
  if (!listening.address().is_unspecified()) return listening.address() == target.address();
  asio::io_context unused;
  tcp::socket probe{unused};
  error_code foreign;
  probe.open(target.protocol(), foreign);
  if (!foreign) probe.bind({target.address(), 0}, foreign);
  return !foreign;
}

}  // namespace

relay::relay(asio::any_io_executor executor, shared_budget& budget, relay_options options)
    : executor_{executor},
      budget_{budget},
      options_{std::move(options)},
      around_{budget,
              mgc::shaper::budget{unlimited_},
              options_.which,
              options_.idle_timeout,
              pipe_pool{},
              options_.kind_up,
              options_.kind_down,
              options_.handshake_debt},
      acceptor_{executor},
      drained_{executor},
      limit_{executor, time_point::max()} {
  around_.unlimited.set_limit(rate::unlimited(), clock::now());
}

// Buffers are negotiated with the first packets, so the listening socket and the one that connects are shaped
// beforehand.
void relay::shape_before_use(int socket, shaped comes_from) const {
  const auto limit = budget_.tokens().limit();
  const bool limited = options_.which == shaped::both || options_.which == comes_from;
  if (limited && limit.is_limited()) (void)shape_source(socket, limit);
}

std::optional<relay::failure> relay::listen() {
  error_code failed;
  tcp::resolver resolver{executor_};
  const auto there = resolver.resolve(options_.connect.host, std::to_string(options_.connect.port), failed);
  if (failed) return failure{failed, options_.connect};
  const auto here = resolver.resolve(options_.listen.host, std::to_string(options_.listen.port),
                                     tcp::resolver::passive, failed);
  if (failed) return failure{failed, options_.listen};
  const tcp::endpoint address = *here.begin();
  for (const auto& target : there) {
    if (is_same(address, target)) return failure{error::endpoint_is_own, options_.connect};
  }
  acceptor_.open(address.protocol(), failed);
  if (!failed) acceptor_.set_option(tcp::acceptor::reuse_address{true}, failed);
  if (!failed) acceptor_.bind(address, failed);
  if (!failed) {
    (void)reset_on_close(acceptor_.native_handle(), true);  // what it accepts inherits that
    shape_before_use(acceptor_.native_handle(), shaped::up);
    acceptor_.listen(tcp::acceptor::max_listen_connections, failed);
  }
  if (failed) return failure{failed, options_.listen};
  return std::nullopt;
}

endpoint relay::local_endpoint() const {
  const auto here = acceptor_.local_endpoint();
  return {here.address().to_string(), here.port()};
}

asio::awaitable<outcome> relay::run() {
  if (options_.once) outcome_ = {side::self, error::transfer_cancelled};
  co_await (accept_and_drain() || watch_limit());
  co_return outcome_;
}

asio::awaitable<void> relay::accept_and_drain() {
  bool complained = false;
  while (acceptor_.is_open()) {
    auto [failed, client] = co_await acceptor_.async_accept(no_throw);
    if (!acceptor_.is_open()) break;
    if (failed) {
      if (!complained) spdlog::error("cannot accept a connection: {}; trying again", failed.message());
      complained = true;
      drained_.expires_after(accept_retry);
      co_await drained_.async_wait(no_throw);
      continue;
    }
    complained = false;
    ++serving_;
    asio::co_spawn(executor_, serve(std::move(client)),
                   [this](std::exception_ptr broken) { served(broken); });
    if (options_.once) acceptor_.close();
  }
  while (serving_ > 0) {
    drained_.expires_at(cut_ ? time_point::max() : deadline_);
    co_await drained_.async_wait(no_throw);
    if (!cut_ && clock::now() >= deadline_) cut();
  }
}

// Whatever one connection could not be given (memory, a thread for the resolver), the others go on.
void relay::served(std::exception_ptr broken) {
  --serving_;
  drained_.cancel();
  if (!broken) return;
  try {
    std::rethrow_exception(broken);
  } catch (const std::exception& why) {
    spdlog::error("a connection was dropped: {}", why.what());
    if (options_.once) outcome_ = {side::self, boost::system::errc::make_error_code(errc::not_enough_memory)};
  }
}

void relay::stop() {
  const bool again = !acceptor_.is_open() && deadline_ != time_point::max();
  error_code ignored;
  acceptor_.close(ignored);
  deadline_ = again ? clock::now() : clock::now() + options_.drain;
  drained_.cancel();
}

void relay::cut() {
  cut_ = true;
  for (auto* const one : present_) one->cut();
  for (auto* const timer : connecting_) timer->cancel();
}

asio::awaitable<void> relay::serve(connection::socket client) {
  error_code gone;
  const auto peer = client.remote_endpoint(gone);
  const auto name = gone ? std::string{"unknown"} : to_text(peer);
  (void)reset_on_close(client.native_handle(), true);
  const auto tells = options_.make_witness ? options_.make_witness(name)
                                           : std::make_unique<log_witness>(name, options_.connect);
  error_code failed;
  auto server = co_await connect(failed);
  if (failed) {
    tells->refused(failed);
    if (options_.once || failed == error::transfer_cancelled) outcome_ = {side::sink, failed};
    co_return;
  }
  connection one{std::move(client), std::move(server), around_, name, options_.total, tells.get()};
  const auto place = present_.insert(present_.end(), &one);
  limit_.cancel();  // from now on there is somebody to tell
  const auto began = clock::now();
  tells->connected();
  const auto ended = co_await one.run();
  present_.erase(place);
  const auto bytes = one.figures(clock::now()).bytes;
  bytes_of_past_ += bytes;
  tells->ended(ended, bytes, clock::now() - began);
  if (options_.once || ended.why == error::transfer_cancelled) outcome_ = ended;
}

asio::awaitable<connection::socket> relay::connect(error_code& failed) {
  connection::socket server{executor_};
  tcp::resolver resolver{executor_};
  asio::steady_timer give_up{executor_};  // cut() cancels it
  const auto place = connecting_.insert(connecting_.end(), &give_up);
  give_up.expires_after(connect_timeout);
  const auto resolved = co_await (
      resolver.async_resolve(options_.connect.host, std::to_string(options_.connect.port), no_throw) ||
      give_up.async_wait(no_throw));
  tcp::resolver::results_type addresses;
  failed = errc::make_error_code(errc::timed_out);
  if (resolved.index() == 0) std::tie(failed, addresses) = std::get<0>(resolved);
  for (const auto& address : addresses) {
    error_code ignored;
    server.close(ignored);
    server.open(address.endpoint().protocol(), failed);
    if (failed) continue;
    (void)reset_on_close(server.native_handle(), true);
    shape_before_use(server.native_handle(), shaped::down);
    give_up.expires_after(connect_timeout);
    const auto connected =
        co_await (server.async_connect(address.endpoint(), no_throw) || give_up.async_wait(no_throw));
    failed =
        connected.index() == 0 ? std::get<0>(std::get<0>(connected)) : errc::make_error_code(errc::timed_out);
    if (!failed || cut_) break;
  }
  connecting_.erase(place);
  if (cut_) failed = error::transfer_cancelled;
  co_return server;
}

asio::awaitable<void> relay::watch_limit() {
  auto generation = budget_.tokens().generation();
  for (;;) {
    if (present_.empty()) {
      limit_.expires_at(time_point::max());
    } else {
      limit_.expires_after(limit_check);
    }
    co_await limit_.async_wait(no_throw);  // or a first connection has come
    if (const auto now_in_force = budget_.tokens().generation(); now_in_force != generation) {
      generation = now_in_force;
      for (auto* const one : present_) one->limit_changed();
    }
  }
}

transfer_figures relay::figures(time_point now) const {
  transfer_figures sum;
  sum.bytes = bytes_of_past_;
  std::uint64_t most = 0;
  for (const auto* const one : present_) {
    const auto figures = one->figures(now);
    sum.bytes += figures.bytes;
    if (figures.bytes < most) continue;
    most = figures.bytes;
    sum.waited = figures.waited;
  }
  return sum;
}

}  // namespace mgc::shaper
