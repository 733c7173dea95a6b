#include "shaper/direction.hpp"

#include <algorithm>

#include "shaper/overloaded.hpp"

namespace mgc::shaper {
namespace {

// Whether a handshake may go ahead of the curve: its debt is bounded, or a flood of connections would stop
// everyone else.
bool may_owe(const capacity_curve& curve, const ticket& t, time_point now, std::uint64_t most_debt) {
  if (most_debt == direction::any_debt) return true;
  if (!curve.speed.is_limited()) return false;
  const auto most = std::max(curve.speed.bytes_in(budget::depth), most_debt);
  return t.end <= curve.at(now) + most;
}

// "Now" and "never" stay what they are.
time_point earlier(time_point t, duration by) {
  return t == time_point::min() || t == time_point::max() ? t : t - by;
}

}  // namespace

direction::direction(budget tokens, transfer_record& record, evenness how, std::size_t pipe_capacity,
                     std::uint64_t unhindered, std::uint64_t most_debt)
    : tokens_{tokens},
      record_{record},
      how_{how},
      pipe_capacity_{pipe_capacity},
      unhindered_{unhindered},
      most_debt_{most_debt} {}

direction_action direction::resume(const direction_event& e, time_point now) {
  if (waiting_ != holder::nothing) {
    record_.waited(waiting_, waiting_since_, now);
    waiting_ = holder::nothing;
  }
  const auto give_up = [&](side where, error_code why) -> direction_action {
    tokens_.give_back(ticket_);
    return action::abort{where, why};
  };
  return std::visit(
      overloaded{
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

void direction::use(budget tokens) {
  if (tokens == tokens_) return;
  tokens_.give_back(ticket_);
  ticket_ = {};
  tokens_ = tokens;
}

direction_action direction::next(time_point now) {
  if (in_pipe_ > 0) return drain_or_wait(now);
  if (source_ended_) return action::finish{};
  const auto limit = tokens_.limit();
  return action::fill{fill_size(limit, how_, pipe_capacity_), limit};
}

// A ticket taken under one limit may be spent under another: in the new quanta, so that a lower limit does
// not begin with a long silence. One that was free while there was no limit is worth nothing once there is
// one.
direction_action direction::drain_or_wait(time_point now) {
  const auto curve = tokens_.curve();
  if (ticket_.left() == 0 || (ticket_was_free_ && !curve.speed.is_unlimited())) take_ticket(curve, now);
  const auto bytes = std::min<std::uint64_t>(ticket_.left(), quantum(curve.speed, how_));
  if (moved_ < unhindered_ && may_owe(curve, ticket_, now, most_debt_)) {
    return action::drain{std::min<std::uint64_t>(bytes, unhindered_ - moved_), curve.speed};
  }
  const bool settled = limit_is_settled_ && curve.generation == ticket_.generation;
  const auto due =
      earlier(budget::due(curve, ticket_, bytes), settled ? lead(curve.speed, how_) : duration{0});
  if (due <= now) return action::drain{bytes, curve.speed};
  return wait_for(curve.speed.is_paused() ? holder::pause : holder::tokens, action::wait_tokens{due}, now);
}

// A transfer that begins has no claim on the time before it, so its first ticket comes without credit. What
// it may be ahead of the curve under a limit (lead) it may not carry over to another one: the first ticket
// under a new limit waits for the curve.
//
// What was issued between this machine's tickets went to others that share the budget. In company large
// pieces are made smaller, so that everyone's turn comes often.
void direction::take_ticket(const capacity_curve& curve, time_point now) {
  constexpr std::uint64_t most_sharers = 5;
  const auto wanted = std::min<std::uint64_t>(in_pipe_, quantum(curve.speed, how_) / sharers_);
  const auto last = ticket_;
  ticket_ = tokens_.grab(std::max<std::uint64_t>(wanted, 1), now, moved_ == 0 ? duration{0} : budget::depth);
  ticket_was_free_ = curve.speed.is_unlimited();
  limit_is_settled_ = ticket_.generation == last.generation;
  const auto to_others = ticket_.begin - std::min(last.end, ticket_.begin);
  const bool tells = limit_is_settled_ && how_ == evenness::by_kernel && curve.speed.is_limited();
  sharers_ = tells ? std::clamp<std::uint64_t>(1 + to_others / wanted, 1, most_sharers) : 1;
}

direction_action direction::wait_for(holder h, direction_action what, time_point now) {
  waiting_ = h;
  waiting_since_ = now;
  record_.waits_for(h, now);
  return what;
}

}  // namespace mgc::shaper
