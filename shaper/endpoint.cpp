#include "shaper/endpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace mgc::shaper {

result<endpoint> parse_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return error::endpoint_malformed;
  auto host = text.substr(0, colon);
  const auto port = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (host.find(':') == std::string_view::npos || host.find_first_of("[]") != std::string_view::npos) {
      return error::endpoint_malformed;
    }
  } else if (host.find_first_of(":[]") != std::string_view::npos) {
    return error::endpoint_malformed;
  }
  const auto printable = [](char c) { return c > ' ' && c < '\x7f'; };
  if (host.empty() || !std::all_of(host.begin(), host.end(), printable)) return error::endpoint_malformed;
  std::uint16_t number = 0;
  const auto* const end = port.data() + port.size();
  const auto [rest, failed] = std::from_chars(port.data(), end, number);
  if (failed == std::errc::result_out_of_range) return error::endpoint_port_out_of_range;
  if (failed != std::errc{} || rest != end) {
    return port.starts_with('-') ? error::endpoint_port_out_of_range : error::endpoint_malformed;
  }
  return endpoint{std::string{host}, number};
}

std::string to_string(const endpoint& e) {
  const bool ipv6 = e.host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", ipv6 ? "[" : "", e.host, ipv6 ? "]" : "", e.port);
}

}  // namespace mgc::shaper
