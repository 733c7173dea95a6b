#pragma once

// One direction of a flow, as a pure state machine: from a source through an empty pipe to a sink, at the
// budget's pace.
//
//   fill the empty pipe -> learn how many bytes that was -> take tokens for a quantum of them
//   -> wait for the curve -> drain that quantum -> ... until the pipe is empty -> fill again
//
// The bytes in the pipe are known exactly because only an empty pipe is filled and only this machine drains
// it. Tokens are taken for bytes that are there, never for hopes. At the end of the source the sink gets its
// end (`finish`) only when the pipe is empty; after any failure it never does (`abort`).
//
// The machine says what to do next (an action), the driver does it and says what came of it (an event):
// pipe_mover.cpp with blocking calls in one thread, connection.cpp with Asio. Core: no syscalls, no clock. Used by
// one thread at a time.

#include <cstddef>
#include <cstdint>
#include <variant>

#include "shaper/budget.hpp"
#include "shaper/error.hpp"
#include "shaper/pacing.hpp"
#include "shaper/transfer.hpp"

namespace mgc::shaper {

enum class side { source, sink, self };

namespace action {
struct fill {  // move up to `bytes` from the source into the pipe -> filled, source_empty or failed
  std::size_t bytes;
  rate limit;  // in force
};
struct drain {  // move up to `bytes` from the pipe to the sink -> drained, sink_full or failed
  std::size_t bytes;
  rate limit;  // in force
};
struct wait_source {};  // until it has bytes or its end -> ready
struct wait_sink {};    // until it takes bytes -> ready
struct wait_tokens {    // until then, or soon after the limit changed -> ready
  time_point until;     // time_point::max() while paused
};
struct finish {};  // everything has been delivered: tell the sink; the machine is done
struct abort {  // reset both ends, so that nobody takes what was delivered for the whole; the machine is done
  side where;
  error_code why;
};
}  // namespace action
using direction_action = std::variant<action::fill, action::drain, action::wait_source, action::wait_sink,
                                      action::wait_tokens, action::finish, action::abort>;

namespace event {
struct started {};
struct filled {
  std::size_t bytes;  // 0: the end of the source
};
struct drained {
  std::size_t bytes;  // at least 1
};
struct source_empty {};  // nothing to read for now
struct sink_full {};     // takes nothing for now
struct ready {};         // the wait asked for is over
struct failed {
  side where;
  error_code why;
};
struct cancelled {};
}  // namespace event
using direction_event = std::variant<event::started, event::filled, event::drained, event::source_empty,
                                     event::sink_full, event::ready, event::failed, event::cancelled>;

class direction {
 public:
  // The first bytes of a connection are charged but not waited for: a handshake (TLS, MySQL, rsync) is never
  // delayed.
  static constexpr std::uint64_t tcp_handshake = 16 * 1024;

  // What all connections together may owe for their handshakes, if it is more than the budget's depth.
  static constexpr std::uint64_t handshake_debt = 4 * tcp_handshake;

  // Or anything: then a handshake waits for nothing, not even for the end of a pause.
  static constexpr std::uint64_t any_debt = ~std::uint64_t{0};

  // `pipe_capacity`: of the pipe between, in bytes. `unhindered`: how many first bytes do not wait for
  // tokens, as long as no more than `most_debt` is owed. The budget's state and `record` must outlive the machine.
  direction(budget tokens, transfer_record& record, evenness how, std::size_t pipe_capacity,
            std::uint64_t unhindered = 0, std::uint64_t most_debt = handshake_debt);

  // Start with event::started; after finish or abort do not call again.
  direction_action resume(const direction_event& e, time_point now);

  // Takes its tokens from another budget from now on; what was taken and not used goes back to the old one.
  // Cheap when it is the same one.
  void use(budget tokens);

  std::uint64_t bytes_moved() const { return moved_; }

 private:
  direction_action next(time_point now);
  direction_action wait_for(holder h, direction_action what, time_point now);
  direction_action drain_or_wait(time_point now);
  void take_ticket(const capacity_curve& curve, time_point now);

  budget tokens_;
  transfer_record& record_;
  evenness how_;
  std::size_t pipe_capacity_;
  std::uint64_t unhindered_;
  std::uint64_t most_debt_;

  std::uint64_t moved_ = 0;
  std::size_t in_pipe_ = 0;
  ticket ticket_;
  bool ticket_was_free_ = false;   // grabbed without a limit
  std::uint64_t sharers_ = 1;      // of the budget, as far as the last two tickets tell
  bool limit_is_settled_ = false;  // the ticket before was of the same limit
  bool source_ended_ = false;

  holder waiting_ = holder::nothing;
  time_point waiting_since_;
};

}  // namespace mgc::shaper
