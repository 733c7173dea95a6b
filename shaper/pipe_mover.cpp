#include "shaper/pipe_mover.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <optional>

#include "shaper/socket_option.hpp"
#include "shaper/splice_pipe.hpp"
#include "shaper/tcp_sink.hpp"

namespace mgc::shaper {
namespace {

// How late a sleeper may notice that another process changed the limit.
constexpr std::chrono::milliseconds limit_check{40};

namespace errc = boost::system::errc;

error_code generic(errc::errc_t code) { return errc::make_error_code(code); }

// SPLICE_F_NONBLOCK does not reach sockets and terminals: those are asked with poll(2) before each call.
// Regular files and most devices are always ready.
bool needs_asking(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return false;
  const bool may_block = S_ISSOCK(status.st_mode) || S_ISCHR(status.st_mode);
  return may_block && (::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0;
}

bool is_tcp(int fd) { return get_option<int>(fd, SOL_SOCKET, SO_PROTOCOL).value_or(0) == IPPROTO_TCP; }

class stream_mover {
 public:
  stream_mover(int source, int sink, splice_pipe pipe)
      : source_{source},
        sink_{sink},
        pipe_{std::move(pipe)},
        ask_source_{needs_asking(source)},
        ask_sink_{needs_asking(sink)} {
    if (is_tcp(sink)) tcp_.emplace(sink);
  }

  // An inherited socket is left without a pace.
  ~stream_mover() {
    if (tcp_) tcp_->shape(rate::unlimited());
  }
  stream_mover(const stream_mover&) = delete;
  stream_mover& operator=(const stream_mover&) = delete;

  evenness how() const { return tcp_ ? evenness::by_kernel : evenness::by_quanta; }
  std::size_t pipe_capacity() const { return pipe_.capacity(); }

  direction_event operator()(action::fill a) {
    const bool copies = tcp_ && tcp_->will_copy(a.limit);
    if ((ask_source_ || copies) && !is_ready(source_, POLLIN)) return event::source_empty{};
    const auto moved = pipe_.fill(source_, a.bytes, copies);
    if (moved) return event::filled{*moved};
    if (moved.error() == errc::operation_would_block) return event::source_empty{};
    return event::failed{side::source, moved.error()};
  }

  direction_event operator()(action::drain a) {
    const bool never_blocks = tcp_ && tcp_->will_copy(a.limit);
    if (ask_sink_ && !never_blocks && !is_ready(sink_, POLLOUT)) return event::sink_full{};
    const auto moved = tcp_ ? tcp_->drain(pipe_, a.bytes, a.limit) : pipe_.drain(sink_, a.bytes);
    if (moved) return event::drained{*moved};
    if (moved.error() == errc::operation_would_block) return event::sink_full{};
    return event::failed{side::sink, moved.error()};
  }

  direction_event operator()(action::wait_source) {
    std::array<pollfd, 2> both{{{source_, POLLIN, 0}, {sink_, 0, 0}}};
    if (wait(both, -1) < 0) return event::failed{side::source, last_error()};
    if (both[0].revents == 0) return event::failed{side::sink, generic(errc::broken_pipe)};
    return event::ready{};
  }

  direction_event operator()(action::wait_sink) {
    std::array<pollfd, 1> one{{{sink_, POLLOUT, 0}}};
    if (wait(one, -1) < 0) return event::failed{side::sink, last_error()};
    return event::ready{};
  }

  // During a pause, which may be long, the sink is watched too.
  direction_event operator()(action::wait_tokens a) {
    if (a.until == time_point::max()) {
      std::array<pollfd, 1> one{{{sink_, 0, 0}}};
      if (wait(one, limit_check.count()) > 0) return event::failed{side::sink, generic(errc::broken_pipe)};
      return event::ready{};
    }
    const auto until = std::min(a.until, std::chrono::steady_clock::now() + limit_check).time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(until);
    const timespec when{seconds.count(), duration{until - seconds}.count()};
    ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, nullptr);
    return event::ready{};
  }

  direction_event operator()(action::finish) { return ended({}); }
  direction_event operator()(action::abort a) { return ended({a.where, a.why}); }

  const std::optional<outcome>& ended() const { return ended_; }

 private:
  static bool is_ready(int fd, short events) {
    pollfd one{fd, events, 0};
    return ::poll(&one, 1, 0) > 0;
  }

  template <std::size_t N>
  static int wait(std::array<pollfd, N>& fds, long milliseconds) {
    int ready = 0;
    do {
      ready = ::poll(fds.data(), fds.size(), static_cast<int>(milliseconds));
    } while (ready < 0 && errno == EINTR);
    return ready;
  }

  direction_event ended(outcome how) {
    ended_ = how;
    return event::cancelled{};
  }

  int source_;
  int sink_;
  splice_pipe pipe_;
  std::optional<tcp_sink> tcp_;
  bool ask_source_;
  bool ask_sink_;
  std::optional<outcome> ended_;
};

// Bigger pipes on either side mean fewer calls at full speed; what cannot be enlarged stays as it is.
void enlarge(int fd) { ::fcntl(fd, F_SETPIPE_SZ, splice_pipe::wanted_capacity); }

}  // namespace

outcome move_stream(int source, int sink, budget tokens, transfer_record& record, exemption* freed) {
  ::prctl(PR_SET_TIMERSLACK, 1);  // the default of 50 us is 5 % of a quantum
  enlarge(source);
  enlarge(sink);
  auto pipe = splice_pipe::make();
  if (!pipe) return {side::self, pipe.error()};
  stream_mover perform{source, sink, std::move(*pipe)};
  direction machine{tokens, record, perform.how(), perform.pipe_capacity()};
  direction_event event = event::started{};
  while (!perform.ended()) {
    machine.use(freed != nullptr && freed->holds() ? freed->tokens() : tokens);
    const auto action = machine.resume(event, std::chrono::steady_clock::now());
    event = std::visit(perform, action);
  }
  return *perform.ended();
}

}  // namespace mgc::shaper
