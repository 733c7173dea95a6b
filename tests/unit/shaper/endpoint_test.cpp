#include "shaper/endpoint.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "tests/unit/random_source.hpp"

namespace mgc::shaper {
namespace {

TEST(Endpoint, IsANameOrAnAddressWithAPort) {
  const std::vector<std::pair<std::string, endpoint>> understood{
      {"db1:4444", {"db1", 4444}},
      {"192.0.2.1:0", {"192.0.2.1", 0}},
      {"[2001:db8::1]:65535", {"2001:db8::1", 65535}},
      {"[fe80::1%eth0]:4444", {"fe80::1%eth0", 4444}},
      {"[::]:4444", {"::", 4444}},
      {"db1.example.com:04444", {"db1.example.com", 4444}}};
  for (const auto& [text, meant] : understood) {
    const auto parsed = parse_endpoint(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, meant) << text;
  }
}

TEST(Endpoint, SaysWhyItRefuses) {
  const std::vector<std::pair<std::string, error>> refused{
      {"", error::endpoint_malformed},
      {":", error::endpoint_malformed},
      {"db1", error::endpoint_malformed},
      {"4444", error::endpoint_malformed},
      {":4444", error::endpoint_malformed},
      {"db1:", error::endpoint_malformed},
      {"db1:mysql", error::endpoint_malformed},
      {"db1:44 44", error::endpoint_malformed},
      {"db1:+44", error::endpoint_malformed},
      {"db1:0x10", error::endpoint_malformed},
      {"::1:4444", error::endpoint_malformed},
      {"[::1]", error::endpoint_malformed},
      {"[]:1", error::endpoint_malformed},
      {"[db1]:1", error::endpoint_malformed},
      {"[::1:1", error::endpoint_malformed},
      {"::1]:1", error::endpoint_malformed},
      {"[::1]]:1", error::endpoint_malformed},
      {"[[::1]:1", error::endpoint_malformed},
      {"a b:1", error::endpoint_malformed},
      {"a\n:1", error::endpoint_malformed},
      {"http://db1:1", error::endpoint_malformed},
      {"db1:65536", error::endpoint_port_out_of_range},
      {"db1:99999999999999999999", error::endpoint_port_out_of_range},
      {"db1:-1", error::endpoint_port_out_of_range}};
  for (const auto& [text, why] : refused) {
    const auto parsed = parse_endpoint(text);
    ASSERT_FALSE(parsed) << "'" << text << "'";
    EXPECT_EQ(parsed.error(), why) << "'" << text << "': " << parsed.error().message();
  }
}

TEST(Endpoint, IsReadBackAsItWasWritten) {
  test::random_source random;
  constexpr std::string_view name_letters = "abcdefghijklmnopqrstuvwxyz0123456789.-_";
  constexpr std::string_view address_letters = "0123456789abcdef:";
  for (int i = 0; i < 10'000; ++i) {
    const bool ipv6 = random.one_in(2);
    endpoint e{ipv6 ? "::" : "", static_cast<std::uint16_t>(random.between(0, 65535))};
    for (auto length = random.between(1, 40); length > 0; --length) {
      e.host += random.one_of(ipv6 ? address_letters : name_letters);
    }
    ASSERT_EQ(parse_endpoint(to_string(e)).value(), e) << to_string(e);
  }
}

}  // namespace
}  // namespace mgc::shaper
