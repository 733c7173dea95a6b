// TCP's receive buffer grows by itself up to tcp_rmem's maximum (32 MiB is common): seconds of a limited
// rate, received in one burst at line speed. SO_RCVBUF stops that, and for good; SO_BUF_LOCK (Linux 5.14)
// lets it grow again. SO_RCVBUF counts kernel memory, of which about half is payload, and the kernel doubles
// what it is given: so give the payload wanted.

#include "shaper/socket_shaping.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <tuple>

#include "shaper/socket_option.hpp"

namespace mgc::shaper {

error_code shape_source(int socket, rate limit) {
  if (limit.is_paused()) return {};
  if (limit.is_unlimited()) return unlock_buffers(socket, SOCK_RCVBUF_LOCK);
  // At least 256 KiB: loopback and jumbo frames come in segments of 64 KiB.
  constexpr std::uint64_t least = 256 * 1024;
  constexpr std::uint64_t most = 64 * 1024 * 1024;
  const auto ahead = std::clamp(limit.bytes_in(std::chrono::milliseconds{50}), least, most);
  return set_option(socket, SOL_SOCKET, SO_RCVBUF, static_cast<int>(ahead));
}

error_code reset_on_close(int socket, bool on) {
  return set_option(socket, SOL_SOCKET, SO_LINGER, linger{on ? 1 : 0, 0});
}

error_code keep_alive_and_prompt(int socket) {
  constexpr int idle_seconds = 30;
  constexpr int between_seconds = 10;
  constexpr int probes = 6;
  error_code failed;
  for (const auto& [level, option, value] : {std::tuple{SOL_SOCKET, SO_KEEPALIVE, 1},
                                             {IPPROTO_TCP, TCP_KEEPIDLE, idle_seconds},
                                             {IPPROTO_TCP, TCP_KEEPINTVL, between_seconds},
                                             {IPPROTO_TCP, TCP_KEEPCNT, probes},
                                             {IPPROTO_TCP, TCP_NODELAY, 1}}) {
    const auto refused = set_option(socket, level, option, value);
    if (refused && !failed) failed = refused;
  }
  return failed;
}

}  // namespace mgc::shaper
