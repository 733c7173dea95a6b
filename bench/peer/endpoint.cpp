#include "bench/peer/endpoint.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <charconv>
#include <cstdint>
#include <stdexcept>

namespace mgc::bench {
namespace {

constexpr int longest_queue = 4096;  // thousands may connect at once

descriptor tcp_socket() {
  return descriptor{check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")};
}

void set_option(const descriptor& socket, int level, int option, int value) {
  check(::setsockopt(socket.get(), level, option, &value, sizeof value), "setsockopt");
}

}  // namespace

sockaddr_in parse_endpoint(const std::string& text) {
  const auto colon = text.rfind(':');
  sockaddr_in endpoint{};
  endpoint.sin_family = AF_INET;
  std::uint16_t port = 0;
  const char* const last = text.data() + text.size();
  if (colon == std::string::npos ||
      ::inet_pton(AF_INET, text.substr(0, colon).c_str(), &endpoint.sin_addr) != 1 ||
      std::from_chars(text.data() + colon + 1, last, port).ptr != last || port == 0) {
    throw std::invalid_argument{"'" + text + "' is not an address such as 127.0.0.1:4444"};
  }
  endpoint.sin_port = htons(port);
  return endpoint;
}

descriptor listen_on(const std::string& address) {
  const auto endpoint = parse_endpoint(address);
  auto socket = tcp_socket();
  set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1);
  check(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&endpoint), sizeof endpoint),
        "bind " + address);
  check(::listen(socket.get(), longest_queue), "listen " + address);
  return socket;
}

descriptor accept_from(const descriptor& listener) {
  return descriptor{check(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept")};
}

descriptor connect_to(const std::string& address) {
  const auto endpoint = parse_endpoint(address);
  auto socket = tcp_socket();
  check(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&endpoint), sizeof endpoint),
        "connect " + address);
  set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  return socket;
}

}  // namespace mgc::bench
