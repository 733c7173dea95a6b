#include "orchestrator/peers/local_address.hpp"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <memory>

namespace mgc::orchestrator {
namespace {

bool is_same(const sockaddr* one, const boost::asio::ip::address& address) {
  if (one == nullptr) return false;
  if (one->sa_family == AF_INET && address.is_v4()) {
    return ntohl(reinterpret_cast<const sockaddr_in*>(one)->sin_addr.s_addr) == address.to_v4().to_uint();
  }
  if (one->sa_family == AF_INET6 && address.is_v6()) {
    const auto bytes = address.to_v6().to_bytes();
    return std::equal(bytes.begin(), bytes.end(),
                      reinterpret_cast<const sockaddr_in6*>(one)->sin6_addr.s6_addr);
  }
  return false;
}

}  // namespace

bool is_address_of_this_machine(const boost::asio::ip::address& address) {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return false;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner{all, ::freeifaddrs};
  for (const auto* one = all; one != nullptr; one = one->ifa_next) {
    if (is_same(one->ifa_addr, address)) return true;
  }
  return false;
}

}  // namespace mgc::orchestrator
