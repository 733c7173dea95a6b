#pragma once

// HOST:PORT as an operator writes it. Core: nothing is resolved here.

#include <cstdint>
#include <string>
#include <string_view>

#include "shaper/error.hpp"

namespace mgc::shaper {

struct endpoint {
  std::string host;  // a name or an address, without brackets
  std::uint16_t port = 0;

  friend bool operator==(const endpoint&, const endpoint&) = default;
};

// "db1:4444", "192.0.2.1:4444", "[2001:db8::1]:4444". Error: error::endpoint_*.
[[nodiscard]] result<endpoint> parse_endpoint(std::string_view text);

// With brackets around an IPv6 address.
std::string to_string(const endpoint& e);

}  // namespace mgc::shaper
