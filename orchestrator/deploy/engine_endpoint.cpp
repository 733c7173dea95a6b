#include "orchestrator/deploy/engine_endpoint.hpp"

#include <fmt/format.h>
#include <sys/un.h>

#include <algorithm>

#include "orchestrator/config/machine.hpp"
#include "shaper/endpoint.hpp"

namespace mgc::orchestrator {
namespace {

using endpoint_result = boost::system::result<engine_endpoint, std::string>;

constexpr auto allowed = "give tcp://HOST:PORT, https://HOST:PORT or unix:///PATH";

bool is_host(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == ':' || c == '%';
  });
}

endpoint_result parse_host(std::string_view text, engine_transport transport) {
  if (text.ends_with('/')) text.remove_suffix(1);
  const auto usual = transport == engine_transport::tls ? tls_engine_port : plain_engine_port;
  const bool has_port = text.find(':', text.rfind(']') == std::string_view::npos ? 0 : text.rfind(']')) !=
                        std::string_view::npos;
  // An IPv6 address without brackets has colons and no port.
  const auto complete = has_port && !numeric_address(text) ? std::string{text} : [&] {
    const auto numeric = numeric_address(text);
    return numeric ? with_port(*numeric, usual) : fmt::format("{}:{}", text, usual);
  }();
  const auto parsed = shaper::parse_endpoint(complete);
  if (!parsed) return {boost::system::in_place_error, parsed.error().message()};
  if (!is_host(parsed->host) || parsed->port == 0) return {boost::system::in_place_error, allowed};
  return engine_endpoint{transport, parsed->host, parsed->port, ""};
}

}  // namespace

endpoint_result parse_engine_endpoint(std::string_view text) {
  const auto begins = [&](std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
  };
  if (begins("tcp://") || begins("http://")) return parse_host(text, engine_transport::tcp);
  if (begins("https://")) return parse_host(text, engine_transport::tls);
  if (begins("unix://") && text.starts_with('/')) {
    if (text.size() < sizeof(sockaddr_un::sun_path) && text.find('\0') == std::string_view::npos)
      return engine_endpoint{engine_transport::local, "", 0, std::string{text}};
    return {boost::system::in_place_error, "the path is too long for the name of a socket"};
  }
  return {boost::system::in_place_error, allowed};
}

std::string to_string(const engine_endpoint& endpoint) {
  if (endpoint.transport == engine_transport::local) return "unix://" + endpoint.path;
  const auto* const scheme = endpoint.transport == engine_transport::tls ? "https://" : "tcp://";
  return scheme + to_string(shaper::endpoint{endpoint.host, endpoint.port});
}

}  // namespace mgc::orchestrator
