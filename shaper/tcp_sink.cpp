// - The kernel does not pace the first 10 packets of a connection, however large they are.
// - When the pacing rate is raised, the next packet is still charged at the old rate, because the new one takes hold
//   with an acknowledgement: 64 KiB at 64 KB/s would be a second of silence. So, as at the start, the first bytes
//   after it go in small records.
// - Once a socket has been paced, it stays in that mode: the largest rate then means "as fast as the congestion
//   window says", which is not quite the same as never having been paced. So a socket that was never limited is
//   never told.

#include "shaper/tcp_sink.hpp"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

#include <algorithm>

#include "shaper/socket_option.hpp"

namespace mgc::shaper {
namespace {

constexpr std::size_t careful_record = 1448;
constexpr std::uint64_t carefully_at_start = 10 * careful_record;
constexpr std::uint64_t carefully_after_raise = 4 * careful_record;

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
    const bool is_first = pacing_ == kernel_pacing{};
    if (is_first) carefully_ = carefully_at_start;
    if (!is_first && wanted.bytes_per_second / 2 > pacing_.bytes_per_second)
      carefully_ = carefully_after_raise;
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
  const bool carefully = carefully_ > 0;
  if (pacing_.record == 0 && !carefully) return pipe.drain(socket_, bytes);
  const auto moved = carefully ? pipe.drain_in_records(socket_, std::min(bytes, carefully_), careful_record)
                               : pipe.drain_in_records(socket_, bytes, pacing_.record);
  if (carefully && moved) carefully_ -= *moved;
  was_full_ = !carefully && (!moved || *moved < bytes);
  return moved;
}

}  // namespace mgc::shaper
