// Why a reset cannot be left to the next read or write: a direction that waits for its source does not look
// at its sink. When the sink's peer has already sent its end (half-closed) nobody reads from it either, and
// its reset would go unnoticed until the source speaks again. So each socket is watched for POLLERR. poll(2)
// reports the pending error without taking it, as SO_ERROR would: the next splice must still see ECONNRESET
// and not an end of file.

#include "shaper/connection.hpp"

#include <poll.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>

#include "shaper/socket_shaping.hpp"

namespace mgc::shaper {
namespace {

namespace asio = boost::asio;
namespace errc = boost::system::errc;
using namespace asio::experimental::awaitable_operators;
using clock = std::chrono::steady_clock;

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

bool covers(shaped limit_is_for, shaped way) { return limit_is_for == shaped::both || limit_is_for == way; }

bool has_error(int socket) {
  pollfd one{socket, 0, 0};
  return ::poll(&one, 1, 0) > 0 && (one.revents & POLLERR) != 0;
}

// Bytes from another host to this one are evened out where they come in, all others where they leave.
evenness where_the_network_is(const connection::socket& source, const connection::socket& sink) {
  error_code unknown;
  const auto is_local = [&](const connection::socket& s) {
    const auto address = s.remote_endpoint(unknown).address();
    if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address.is_loopback();
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback();
  };
  return is_local(sink) && !is_local(source) ? evenness::at_source : evenness::by_kernel;
}

// Until the coroutine is cancelled.
asio::awaitable<void> forever() {
  asio::steady_timer never{co_await asio::this_coro::executor, time_point::max()};
  co_await never.async_wait(no_throw);
}

}  // namespace

result<splice_pipe> pipe_pool::take() {
  if (pipes_.empty()) return splice_pipe::make(capacity_);
  auto pipe = std::move(pipes_.back());
  pipes_.pop_back();
  return pipe;
}

void pipe_pool::give(splice_pipe pipe) {
  constexpr std::size_t most = 16;
  if (pipe.held() == 0 && pipes_.size() < most) pipes_.push_back(std::move(pipe));
}

connection::half::half(socket& source, socket& sink, surroundings& around, shaped which,
                       const transfer_identity& identity, stream_observer* seen_by)
    : is_shaped{covers(around.which, which)},
      observer{seen_by},
      slot{is_shaped ? around.limited.claim(identity) : shared_budget::slot{}},
      machine{is_shaped ? around.limited.tokens() : around.unlimited,
              slot.record(),
              where_the_network_is(source, sink),
              splice_pipe::wanted_capacity,
              direction::tcp_handshake,
              around.handshake_debt},
      paced{sink.native_handle()},
      tokens_due{sink.get_executor()} {}

connection::connection(socket client, socket server, surroundings& around, const std::string& name,
                       std::uint64_t total, witness* seen_by)
    : client_{std::move(client)},
      server_{std::move(server)},
      around_{around},
      up_{client_,
          server_,
          around,
          shaped::up,
          {around.kind_up, name, total},
          seen_by != nullptr ? seen_by->up() : nullptr},
      down_{server_,
            client_,
            around,
            shaped::down,
            {around.kind_down, name, total},
            seen_by != nullptr ? seen_by->down() : nullptr},
      idle_{client_.get_executor()},
      last_moved_{clock::now()} {
  for (auto* const one : {&client_, &server_}) {
    one->native_non_blocking(true);
    (void)reset_on_close(one->native_handle(), true);
    (void)keep_alive_and_prompt(one->native_handle());
  }
  shape();
}

// Does what one direction's machine asks for.
class connection::mover {
 public:
  mover(connection& whole, half& h, socket& source, socket& sink)
      : whole_{whole}, half_{h}, source_{source}, sink_{sink} {}

  asio::awaitable<direction_event> operator()(action::fill a) {
    if (!pipe_) {
      auto taken = whole_.around_.pipes.take();
      if (!taken) co_return event::failed{side::self, taken.error()};
      pipe_.emplace(std::move(*taken));
    }
    const auto moved = fill(a);
    if (moved) co_return event::filled{*moved};
    if (moved.error() != errc::operation_would_block) co_return event::failed{side::source, moved.error()};
    // Idle connections hold no pipe; one that moves much keeps it, so that a flood of others cannot take it away.
    constexpr std::uint64_t much = 1024 * 1024;
    if (half_.machine.bytes_moved() < much) {
      whole_.around_.pipes.give(std::move(*pipe_));
      pipe_.reset();
    }
    co_return event::source_empty{};
  }

  // A source and a sink that are always ready must not keep the other connections waiting.
  asio::awaitable<direction_event> operator()(action::drain a) {
    constexpr unsigned turns_in_a_row = 16;
    if (++turns_ % turns_in_a_row == 0) co_await asio::post(sink_.get_executor(), asio::use_awaitable);
    const auto moved = half_.is_shaped ? half_.paced.drain(*pipe_, a.bytes, a.limit)
                                       : pipe_->drain(sink_.native_handle(), a.bytes);
    if (moved) {
      whole_.last_moved_ = clock::now();
      co_return event::drained{*moved};
    }
    if (moved.error() == errc::operation_would_block) co_return event::sink_full{};
    co_return event::failed{side::sink, moved.error()};
  }

  asio::awaitable<direction_event> operator()(action::wait_source) {
    const auto [failed] = co_await source_.async_wait(socket::wait_read, no_throw);
    if (failed) co_return event::failed{side::source, failed};
    co_return event::ready{};
  }

  asio::awaitable<direction_event> operator()(action::wait_sink) {
    const auto [failed] = co_await sink_.async_wait(socket::wait_write, no_throw);
    if (failed) co_return event::failed{side::sink, failed};
    co_return event::ready{};
  }

  // Cut short by limit_changed(); then the machine finds the new time.
  asio::awaitable<direction_event> operator()(action::wait_tokens a) {
    half_.tokens_due.expires_at(a.until);
    co_await half_.tokens_due.async_wait(no_throw);
    whole_.last_moved_ = clock::now();  // it was not idle, it had to wait
    co_return event::ready{};
  }

  asio::awaitable<direction_event> operator()(action::finish) {
    error_code failed;
    sink_.shutdown(socket::shutdown_send, failed);
    done_ = true;
    if (failed) whole_.fail({side::sink, failed});
    co_return event::ready{};
  }

  asio::awaitable<direction_event> operator()(action::abort a) {
    done_ = true;
    whole_.fail({a.where, a.why});
    co_return event::ready{};
  }

  bool done() const { return done_; }

 private:
  // What the observer wants to see has to be copied. Splicing what is between costs three calls a piece: for pieces of 200
  // bytes 15 s of CPU per GiB instead of 0.6, at 32 KiB it is even. Only longer ones are worth it.
  result<std::size_t> fill(action::fill a) {
    constexpr std::uint64_t long_piece = 64 * 1024;
    const auto unseen = half_.observer == nullptr ? stream_observer::everything : half_.observer->skippable();
    const bool copying = unseen < long_piece || (half_.is_shaped && half_.paced.will_copy(a.limit));
    const auto bytes = copying ? a.bytes : static_cast<std::size_t>(std::min<std::uint64_t>(a.bytes, unseen));
    const auto moved = pipe_->fill(source_.native_handle(), bytes, copying);
    if (!moved || half_.observer == nullptr) return moved;
    const auto copied = pipe_->copied();
    if (copied.empty()) {
      half_.observer->skip(*moved);
    } else {
      half_.observer->observe(copied);
    }
    return moved;
  }

  connection& whole_;
  half& half_;
  socket& source_;
  socket& sink_;
  std::optional<splice_pipe> pipe_;
  unsigned turns_ = 0;
  bool done_ = false;
};

asio::awaitable<void> connection::move(half& h, socket& source, socket& sink) {
  mover perform{*this, h, source, sink};
  direction_event happened = event::started{};
  while (!perform.done()) {
    if (failed_) happened = event::cancelled{};
    const auto action = h.machine.resume(happened, clock::now());
    happened = co_await std::visit(perform, action);
  }
}

asio::awaitable<outcome> connection::run() {
  if (failed_) co_return outcome_;
  co_await ((move(up_, client_, server_) && move(down_, server_, client_)) || watch_idle() ||
            watch_for_reset(client_) || watch_for_reset(server_));
  if (!failed_) {
    (void)reset_on_close(client_.native_handle(), false);
    (void)reset_on_close(server_.native_handle(), false);
  }
  co_return outcome_;
}

asio::awaitable<void> connection::watch_idle() {
  const auto waits_for_us = [](half& h) {
    const auto by = h.slot.record().held_by();
    return by == holder::tokens || by == holder::pause;
  };
  while (around_.idle_timeout > duration{0} && !failed_) {
    if (waits_for_us(up_) || waits_for_us(down_)) last_moved_ = clock::now();
    if (clock::now() - last_moved_ >= around_.idle_timeout) fail({side::self, error::transfer_idle});
    idle_.expires_at(last_moved_ + around_.idle_timeout);
    co_await idle_.async_wait(no_throw);
  }
  co_await forever();
}

asio::awaitable<void> connection::watch_for_reset(socket& peer) {
  while (!failed_) {
    const auto [failed] = co_await peer.async_wait(socket::wait_error, no_throw);
    if (failed) break;
    if (has_error(peer.native_handle())) {
      fail({&peer == &client_ ? side::source : side::sink, errc::make_error_code(errc::connection_reset)});
      break;
    }
    // Urgent data or an orderly end woke us: look again, but not in a tight loop at a stranger's command.
    asio::steady_timer pause{peer.get_executor(), std::chrono::seconds{1}};
    co_await pause.async_wait(no_throw);
  }
  co_await forever();
}

void connection::cut() { fail({side::self, error::transfer_cancelled}); }

void connection::fail(outcome how) {
  if (failed_) return;
  failed_ = true;
  outcome_ = how;
  error_code ignored;  // the descriptor is gone whatever close says, and reset_on_close did what matters
  client_.close(ignored);
  server_.close(ignored);
  up_.tokens_due.cancel();
  down_.tokens_due.cancel();
}

void connection::limit_changed() {
  if (failed_) return;
  shape();
  up_.tokens_due.cancel();
  down_.tokens_due.cancel();
}

// What the kernel refuses here costs evenness, not the limit: the budget holds without it.
void connection::shape() {
  const auto limit = around_.limited.tokens().limit();
  const auto tune = [&](half& h, socket& source) {
    if (!h.is_shaped) return;
    (void)shape_source(source.native_handle(), limit);
    h.paced.shape(limit);
  };
  tune(up_, client_);
  tune(down_, server_);
}

transfer_figures connection::figures(time_point now) const {
  const auto up = up_.slot.record().figures(now);
  const auto down = down_.slot.record().figures(now);
  auto busier = up.bytes >= down.bytes ? up : down;
  if (!down_.is_shaped) busier = up;
  if (!up_.is_shaped) busier = down;
  if (up_.is_shaped && down_.is_shaped) busier.bytes = up.bytes + down.bytes;
  return busier;
}

}  // namespace mgc::shaper
