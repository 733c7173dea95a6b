#pragma once

// Blocking TCP over IPv4, addresses written "127.0.0.1:4444". Everything throws std::system_error or
// std::invalid_argument.

#include <netinet/in.h>

#include <string>

#include "bench/peer/descriptor.hpp"

namespace mgc::bench {

sockaddr_in parse_endpoint(const std::string& text);

descriptor listen_on(const std::string& address);
descriptor accept_from(const descriptor& listener);
descriptor connect_to(const std::string& address);

}  // namespace mgc::bench
