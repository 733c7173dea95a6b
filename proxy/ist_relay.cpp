#include "proxy/ist_relay.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "proxy/ist_message.hpp"
#include "proxy/ist_progress.hpp"
#include "shaper/progress.hpp"

namespace mgc::proxy {
namespace {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;
using clock = std::chrono::steady_clock;
using shaper::duration;

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

// Without the port, which says nothing of a donor.
std::string host_of(const std::string& peer) {
  const auto parsed = shaper::parse_endpoint(peer);
  return parsed ? parsed->host : peer;
}

}  // namespace

// One donor's connection.
class ist_relay::transfer final : public shaper::witness {
 public:
  transfer(std::shared_ptr<std::list<transfer*>> present, const std::string& peer,
           const shaper::endpoint& target)
      : present_{std::move(present)},
        place_{present_->insert(present_->end(), this)},
        name_{"IST from " + host_of(peer)},
        target_{to_string(target)} {}
  transfer(const transfer&) = delete;
  transfer& operator=(const transfer&) = delete;
  ~transfer() override { present_->erase(place_); }

  shaper::stream_observer* up() override { return &donor_; }
  shaper::stream_observer* down() override { return &joiner_; }

  // Not an error: Galera itself comes by once after each transfer, to find that nobody listens any more.
  void refused(error_code why) override {
    spdlog::info("{}: closed at once, because no transfer is expected at {}: {}", name_, target_,
                 why.message());
  }

  void connected() override { spdlog::info("{}: connected to {}", name_, target_); }

  void ended(const shaper::outcome& how, std::uint64_t /*of both directions*/, duration took) override {
    const auto text = describe_end(donor_, joiner_, how, took);
    spdlog::log(text.is_good ? spdlog::level::info : spdlog::level::err, "{}: {}", name_, text.what);
  }

  // Says how it goes, if it goes.
  void report(duration since_last) {
    const auto bytes = donor_.figures().bytes;
    if (bytes == reported_) return;
    spdlog::info("{}: {}", name_,
                 describe_progress(donor_, bytes - std::exchange(reported_, bytes), since_last));
  }

 private:
  std::shared_ptr<std::list<transfer*>> present_;
  std::list<transfer*>::iterator place_;
  std::string name_;
  std::string target_;
  ist_observer donor_;
  ist_observer joiner_;
  std::uint64_t reported_ = 0;
};

ist_relay::ist_relay(asio::any_io_executor executor, shaper::shared_budget& budget, ist_relay_options options)
    : options_{std::move(options)},
      present_{std::make_shared<std::list<transfer*>>()},
      next_report_{executor},
      relay_{executor, budget, [this] {
               shaper::relay_options relay;
               relay.listen = options_.listen;
               relay.connect = options_.connect;
               relay.which = shaper::shaped::up;
               relay.drain = options_.drain;
               relay.kind_up = "IST in";
               relay.handshake_debt = shaper::direction::any_debt;
               relay.make_witness = [this](const std::string& peer) {
                 return std::make_unique<transfer>(present_, peer, options_.connect);
               };
               return relay;
             }()} {}

asio::awaitable<shaper::outcome> ist_relay::run() {
  const auto done = co_await (relay_.run() || report_progress());
  co_return std::get<0>(done);
}

asio::awaitable<void> ist_relay::report_progress() {
  auto last = clock::now();
  for (;;) {
    next_report_.expires_at(options_.progress > duration{0} ? last + options_.progress
                                                            : shaper::time_point::max());
    co_await next_report_.async_wait(no_throw);
    const auto now = clock::now();
    for (auto* const one : *present_) one->report(now - last);
    last = now;
  }
}

}  // namespace mgc::proxy
