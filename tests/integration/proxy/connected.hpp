#pragma once

// Two ends of a connection on loopback, and what a peer of ours does by hand.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "shaper/file_descriptor.hpp"
#include "shaper/socket_option.hpp"

namespace mgc::test {

using shaper::file_descriptor;

inline file_descriptor connect_to(std::uint16_t port) {
  sockaddr_in there{};
  there.sin_family = AF_INET;
  there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  there.sin_port = htons(port);
  file_descriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&there), sizeof there) != 0) return {};
  return socket;
}

// Bound to a free port of loopback, and listening.
inline std::pair<file_descriptor, std::uint16_t> listening_socket() {
  file_descriptor listener{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof here;
  auto* const address = reinterpret_cast<sockaddr*>(&here);
  if (::bind(listener.get(), address, size) != 0 || ::listen(listener.get(), 1) != 0 ||
      ::getsockname(listener.get(), address, &size) != 0) {
    throw std::runtime_error{"no port on loopback"};
  }
  return {std::move(listener), ntohs(here.sin_port)};
}

// A connected pair of TCP sockets; both block.
inline std::pair<file_descriptor, file_descriptor> connected_sockets() {
  const auto [listener, port] = listening_socket();
  auto one = connect_to(port);
  file_descriptor other{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)};
  if (!one || !other) throw std::runtime_error{"no connection on loopback"};
  return {std::move(one), std::move(other)};
}

struct pipe_ends {
  file_descriptor read;
  file_descriptor write;
};

inline pipe_ends make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error{"pipe2"};
  return {file_descriptor{ends[0]}, file_descriptor{ends[1]}};
}

// As much as the other end takes.
inline void put(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(to, bytes.data(), bytes.size());
    if (written <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

// At most so many bytes; fewer when the other end closes, resets or falls silent for 20 s.
inline std::string take(int from, std::size_t most = ~std::size_t{0}) {
  std::string all;
  std::array<char, 65536> piece{};
  while (all.size() < most) {
    pollfd one{from, POLLIN, 0};
    if (::poll(&one, 1, 20'000) <= 0) break;
    const auto got = ::read(from, piece.data(), std::min(piece.size(), most - all.size()));
    if (got <= 0) break;
    all.append(piece.data(), static_cast<std::size_t>(got));
  }
  return all;
}

inline void reset(file_descriptor& socket) {
  (void)shaper::set_option(socket.get(), SOL_SOCKET, SO_LINGER, linger{1, 0});
  socket = file_descriptor{};
}

}  // namespace mgc::test
