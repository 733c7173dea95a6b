// Traps that cost others a day each:
// - Pacing needs no `fq` queue since Linux 4.13: without it TCP paces itself with a timer per socket. Once a socket has been
//   paced it stays in that mode; the largest value then means "as fast as the congestion window says".
// - TCP's receive buffer grows by itself up to tcp_rmem's maximum (32 MiB is common): seconds of a limited rate, received
//   in one burst at line speed. SO_RCVBUF stops that, and also for good; SO_BUF_LOCK (Linux 5.14) lets it grow again.
// - SO_RCVBUF counts kernel memory, not payload: about half is usable, so what is set is what should be held (the kernel
//   doubles it).

#include "shaper/socket_shaping.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#ifndef SO_BUF_LOCK  // Linux 5.14; Debian 12's headers have it, older ones do not
#define SO_BUF_LOCK 72
#endif

namespace mgc::shaper {
namespace {

template <class Value>
error_code set_option(int socket, int level, int name, const Value& value) {
  if (::setsockopt(socket, level, name, &value, sizeof value) == 0) return {};
  return {errno, boost::system::system_category()};
}

constexpr std::uint64_t kibibyte = 1024;

}  // namespace

error_code shape_sink(int socket, rate limit) {
  if (limit.is_paused()) return {};  // nothing is sent, so nothing needs pacing
  std::uint64_t pacing = ~std::uint64_t{0};
  unsigned unsent = ~0U;
  if (limit.is_limited()) {
    pacing = limit.count() + limit.count() / 4;
    unsent = static_cast<unsigned>(
        std::clamp(limit.bytes_in(std::chrono::milliseconds{100}), 16 * kibibyte, 64 * 1024 * kibibyte));
  }
  const auto failed = set_option(socket, SOL_SOCKET, SO_MAX_PACING_RATE, pacing);
  const auto also_failed = set_option(socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, unsent);
  return failed ? failed : also_failed;
}

error_code shape_source(int socket, rate limit) {
  if (!limit.is_limited()) return set_option(socket, SOL_SOCKET, SO_BUF_LOCK, 0);
  // At least 256 KiB: loopback and jumbo frames come in segments of 64 KiB.
  const auto ahead =
      std::clamp(limit.bytes_in(std::chrono::milliseconds{50}), 256 * kibibyte, 64 * 1024 * kibibyte);
  return set_option(socket, SOL_SOCKET, SO_RCVBUF, static_cast<int>(ahead));
}

error_code reset_on_close(int socket, bool on) {
  return set_option(socket, SOL_SOCKET, SO_LINGER, linger{on ? 1 : 0, 0});
}

error_code keep_alive_and_prompt(int socket) {
  const auto failed = set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  const auto also_failed = set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  return failed ? failed : also_failed;
}

}  // namespace mgc::shaper
