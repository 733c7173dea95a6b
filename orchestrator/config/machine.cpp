#include "orchestrator/config/machine.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace mgc::orchestrator {
namespace {

struct address_bytes {
  std::array<unsigned char, 16> bytes{};
  std::size_t size = 0;  // 4 or 16
};

std::optional<address_bytes> bytes_of(const std::string& text) {
  address_bytes address;
  if (::inet_pton(AF_INET, text.c_str(), address.bytes.data()) == 1) {
    address.size = 4;
  } else if (::inet_pton(AF_INET6, text.c_str(), address.bytes.data()) == 1) {
    address.size = 16;
  } else {
    return std::nullopt;
  }
  return address;
}

bool same_network(const address_bytes& a, const address_bytes& b, unsigned prefix) {
  if (a.size != b.size) return false;
  for (unsigned bit = 0; bit < std::min<std::size_t>(prefix, a.size * 8); ++bit) {
    const auto mask = static_cast<unsigned char>(0x80U >> (bit % 8));
    if (((a.bytes[bit / 8] ^ b.bytes[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

}  // namespace

std::optional<std::string> numeric_address(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  const auto address = bytes_of(std::string{text});
  if (!address) return std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  const int family = address->size == 4 ? AF_INET : AF_INET6;
  return std::string{::inet_ntop(family, address->bytes.data(), buffer.data(), buffer.size())};
}

bool is_loopback(const std::string& address) { return address.starts_with("127.") || address == "::1"; }

bool is_ipv6(const std::string& address) { return address.find(':') != std::string::npos; }

std::string with_port(const std::string& address, unsigned port) {
  return is_ipv6(address) ? fmt::format("[{}]:{}", address, port) : fmt::format("{}:{}", address, port);
}

const local_address* find_local(std::span<const local_address> addresses, const std::string& address) {
  for (const auto& known : addresses) {
    if (known.address == address) return &known;
  }
  const auto wanted = bytes_of(address);
  for (const auto& known : addresses) {
    const auto of_network = known.loopback ? bytes_of(known.address) : std::nullopt;
    if (wanted && of_network && same_network(*wanted, *of_network, known.prefix)) return &known;
  }
  return nullptr;
}

}  // namespace mgc::orchestrator
