#include "shaper/direction.hpp"

#include <algorithm>

namespace mgc::shaper {
namespace {

template <class... Ts>
struct overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
overloaded(Ts...) -> overloaded<Ts...>;

// Whether a handshake may go ahead of the curve: its debt is bounded, or a flood of connections would stop everyone else.
bool may_owe(const capacity_curve& curve, const ticket& t, time_point now) {
  if (!curve.speed.is_limited()) return false;
  const auto most = std::max(curve.speed.bytes_in(budget::depth), direction::handshake_debt);
  return t.end <= curve.at(now) + most;
}

}  // namespace

direction::direction(budget tokens, transfer_record& record, std::size_t pipe_capacity, std::uint64_t unhindered)
    : tokens_{tokens}, record_{record}, pipe_capacity_{pipe_capacity}, unhindered_{unhindered} {}

direction_action direction::resume(const direction_event& e, time_point now) {
  if (waiting_ != holder::nothing) {
    record_.waited(waiting_, waiting_since_, now);
    waiting_ = holder::nothing;
  }
  const auto give_up = [&](side where, error_code why) -> direction_action {
    tokens_.give_back(ticket_);
    return action::abort{where, why};
  };
  return std::visit(overloaded{
                        [&](event::started) { return next(now); },
                        [&](event::ready) { return next(now); },
                        [&](event::filled filled) {
                          in_pipe_ = filled.bytes;
                          source_ended_ = filled.bytes == 0;
                          return next(now);
                        },
                        [&](event::drained drained) {
                          in_pipe_ -= drained.bytes;
                          ticket_.begin += drained.bytes;
                          moved_ += drained.bytes;
                          record_.moved(drained.bytes);
                          return next(now);
                        },
                        [&](event::source_empty) { return wait_for(holder::source, action::wait_source{}, now); },
                        [&](event::sink_full) { return wait_for(holder::sink, action::wait_sink{}, now); },
                        [&](event::failed failed) { return give_up(failed.where, failed.why); },
                        [&](event::cancelled) { return give_up(side::self, error::transfer_cancelled); },
                    },
                    e);
}

direction_action direction::next(time_point now) {
  if (in_pipe_ > 0) return drain_or_wait(now);
  if (source_ended_) return action::finish{};
  return action::fill{fill_size(tokens_.limit())};
}

// A ticket taken under one limit may be spent under another: in the new quanta, so that a lower limit does not begin with
// a long silence. One that was free while there was no limit is worth nothing once there is one.
direction_action direction::drain_or_wait(time_point now) {
  const auto curve = tokens_.curve();
  const auto early = unhindered_ > moved_ ? unhindered_ - moved_ : 0;
  const auto most = std::min<std::uint64_t>(in_pipe_, std::max(quantum(curve.speed), early));
  if (ticket_.left() == 0 || (ticket_was_free_ && !curve.speed.is_unlimited())) {
    ticket_ = tokens_.grab(most, now);
    ticket_was_free_ = curve.speed.is_unlimited();
  }
  const auto bytes = std::min(most, ticket_.left());
  const auto due = budget::due(curve, ticket_, bytes);
  if (due <= now || (early > 0 && may_owe(curve, ticket_, now))) return action::drain{bytes};
  return wait_for(curve.speed.is_paused() ? holder::pause : holder::tokens, action::wait_tokens{due}, now);
}

direction_action direction::wait_for(holder h, direction_action what, time_point now) {
  waiting_ = h;
  waiting_since_ = now;
  record_.waits_for(h, now);
  return what;
}

// Some 50 ms of the rate at once, so that a limited transfer needs few calls and yet holds little of its own.
std::size_t direction::fill_size(rate limit) const {
  constexpr std::uint64_t least = 64 * 1024;
  if (!limit.is_limited()) return pipe_capacity_;
  const auto wanted = std::max(least, limit.bytes_in(std::chrono::milliseconds{50}));
  return static_cast<std::size_t>(std::min<std::uint64_t>(wanted, pipe_capacity_));
}

}  // namespace mgc::shaper
