#pragma once

// Where a Docker Engine listens: tcp://HOST:PORT (not protected), https://HOST:PORT (TLS), unix:///PATH. Core.

#include <boost/system/result.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace mgc::orchestrator {

enum class engine_transport { tcp, tls, local };

struct engine_endpoint {
  engine_transport transport = engine_transport::tcp;
  std::string host;  // a name or an address, without brackets; of tcp and tls
  std::uint16_t port = 0;
  std::string path;  // of local

  friend bool operator==(const engine_endpoint&, const engine_endpoint&) = default;
};

inline constexpr std::uint16_t plain_engine_port = 2375;
inline constexpr std::uint16_t tls_engine_port = 2376;

// Without a port it is the usual one of its kind. Error: what is allowed.
boost::system::result<engine_endpoint, std::string> parse_engine_endpoint(std::string_view text);

std::string to_string(const engine_endpoint& endpoint);

}  // namespace mgc::orchestrator
