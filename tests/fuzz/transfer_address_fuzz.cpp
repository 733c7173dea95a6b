// Any text, read as the address of a state transfer, as a joiner's offer and as its authentication: it is refused, or it
// holds nothing that has a meaning elsewhere, and is read back as it was written.

#include <algorithm>
#include <string_view>

#include "proxy/transfer_address.hpp"
#include "tests/fuzz/require.hpp"

using namespace mgc::proxy;

namespace {

bool is_harmless(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view{"._-:"}.find(c) != std::string_view::npos;
  });
}

void check(const transfer_address& address) {
  MGC_REQUIRE(!address.listener.host.empty() && is_harmless(address.listener.host));
  MGC_REQUIRE(address.listener.port != 0);
  for (const auto& segment : address.path) MGC_REQUIRE(is_harmless(segment));
  const auto read_back = parse_transfer_address(to_string(address));
  // With its port, it may have become too long.
  MGC_REQUIRE(read_back ? *read_back == address : to_string(address).size() > longest_transfer_address);
}

void check(const joiner_offer& offer) {
  const auto ready = to_ready_address(offer, {});
  const auto read_back = parse_joiner_offer(ready);
  MGC_REQUIRE(read_back ? *read_back == offer : ready.size() > longest_transfer_address);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (const auto address = parse_transfer_address(text)) check(*address);
  if (const auto offer = parse_joiner_offer(text)) {
    MGC_REQUIRE(parse_transfer_address(text).has_value());
    check(*offer);
  }
  if (const auto token = parse_remote_authentication(text)) {
    const auto ready = to_ready_address({{"a", 1}, sst_method::rsync, 1, tls_choice::off}, *token);
    MGC_REQUIRE(ready.substr(0, ready.rfind('@')) == text);
  }
  return 0;
}
