// Once a socket has been paced, it stays in that mode: the largest rate then means "as fast as the congestion
// window says", which is not quite the same as never having been paced. So a socket that was never limited is
// never told.

#include "shaper/tcp_sink.hpp"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

#include <algorithm>

#include "shaper/socket_option.hpp"

namespace mgc::shaper {
namespace {

// The kernel does not pace the first 10 packets of a connection, however large: so they are small.
constexpr std::size_t first_record = 1024;
constexpr std::size_t unpaced_start = 16 * first_record;

std::uint64_t unsent(int socket) {
  int bytes = 0;
  return ::ioctl(socket, SIOCOUTQNSD, &bytes) == 0 && bytes > 0 ? static_cast<std::uint64_t>(bytes) : 0;
}

}  // namespace

void tcp_sink::shape(rate limit) {
  if (limit.is_paused()) return;  // nothing is sent, so nothing needs pacing
  if (segment_ == 0)
    segment_ = static_cast<std::size_t>(get_option<int>(socket_, IPPROTO_TCP, TCP_MAXSEG).value_or(1448));
  const auto wanted = pace_kernel(limit, segment_, needs_records(limit) ? unsent(socket_) : 0, was_full_);
  if (wanted == pacing_) return;
  if (wanted.bytes_per_second != pacing_.bytes_per_second) {
    (void)set_option(socket_, SOL_SOCKET, SO_MAX_PACING_RATE, wanted.bytes_per_second);
  }
  if (wanted.unsent != pacing_.unsent)
    (void)set_option(socket_, IPPROTO_TCP, TCP_NOTSENT_LOWAT, wanted.unsent);
  if (wanted.send_buffer != pacing_.send_buffer) {
    (void)(wanted.send_buffer == 0
               ? unlock_buffers(socket_, SOCK_SNDBUF_LOCK)
               : set_option(socket_, SOL_SOCKET, SO_SNDBUF, static_cast<int>(wanted.send_buffer)));
  }
  pacing_ = wanted;
}

result<std::size_t> tcp_sink::drain(splice_pipe& pipe, std::size_t bytes, rate limit) {
  shape(limit);
  if (pacing_.record == 0) return pipe.drain(socket_, bytes);
  const bool unpaced = sent_in_records_ < unpaced_start;
  const auto moved =
      unpaced ? pipe.drain_in_records(socket_, std::min<std::size_t>(bytes, unpaced_start), first_record)
              : pipe.drain_in_records(socket_, bytes, pacing_.record);
  if (moved) sent_in_records_ += *moved;
  was_full_ = !unpaced && (!moved || *moved < bytes);
  return moved;
}

}  // namespace mgc::shaper
