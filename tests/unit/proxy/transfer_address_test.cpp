#include "proxy/transfer_address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "tests/unit/random_source.hpp"

namespace mgc::proxy {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view token_text = "000102030405060708090a0b0c0d0eff";
constexpr transfer_token token{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255};

TEST(TransferAddress, HasAHostAndPerhapsAPortAndAPath) {
  const std::vector<std::pair<std::string, transfer_address>> understood{
      {"db1", {"", {"db1", 4444}, {}}},
      {"10.0.0.5:14444", {"", {"10.0.0.5", 14444}, {}}},
      {"[2001:db8::5]", {"", {"2001:db8::5", 4444}, {}}},
      {"[::ffff:10.0.0.5]:1", {"", {"::ffff:10.0.0.5", 1}, {}}},
      {"db1/rsync_sst", {"", {"db1", 4444}, {"rsync_sst"}}},
      {"db_1.example.com:65535/xtrabackup_sst//1",
       {"", {"db_1.example.com", 65535}, {"xtrabackup_sst", "", "1"}}},
      {"[::1]:4444/", {"", {"::1", 4444}, {""}}},
      {"cn:secret@db1:4444/a", {"cn:secret", {"db1", 4444}, {"a"}}},
      {"a@b@db1", {"a@b", {"db1", 4444}, {}}}};
  for (const auto& [text, meant] : understood) {
    const auto parsed = parse_transfer_address(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, meant) << text;
  }
}

TEST(TransferAddress, RefusesWhatIsNone) {
  const std::vector<std::string> refused{"",
                                         ":4444",
                                         "/rsync_sst",
                                         "@db1",
                                         "db1:",
                                         "db1:0",
                                         "db1:65536",
                                         "db1:+1",
                                         "db1: 1",
                                         "db1:4444x",
                                         "db1:1:2",
                                         "::1",
                                         "::1:4444",
                                         "[::1",
                                         "[]",
                                         "[db1]",
                                         "[::1]4444",
                                         "[::1]]:1",
                                         "[fe80::1%e]",
                                         "db1;reboot",
                                         "db1\n",
                                         "$(id)",
                                         "db1/`id`",
                                         "db1/a b",
                                         "db1/a\nb",
                                         "db1/../x$",
                                         "a b@db1",
                                         "a\n@db1",
                                         "db1/a'b",
                                         "db1/\xc3\xa4",
                                         std::string("db1\0", 4),
                                         "db1/" + std::string(longest_transfer_address, 'a')};
  for (const auto& text : refused) {
    const auto parsed = parse_transfer_address(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error(), error::address_malformed) << text;
  }
}

TEST(TransferAddress, IsReadBackAsItWasWritten) {
  test::random_source random;
  constexpr std::string_view letters = "abcXYZ019.-_";
  const auto word = [&](std::uint64_t least) {
    std::string text;
    for (auto length = random.between(least, 12); length > 0; --length) text += random.one_of(letters);
    return text;
  };
  for (int i = 0; i < 10'000; ++i) {
    transfer_address address;
    if (random.one_in(2)) address.authentication = word(1);
    address.listener.host = random.one_in(3) ? "2001:db8::1" : word(1);
    address.listener.port = static_cast<std::uint16_t>(random.between(1, 65535));
    for (auto segments = random.between(0, 5); segments > 0; --segments) address.path.push_back(word(0));
    ASSERT_EQ(parse_transfer_address(to_string(address)).value(), address) << to_string(address);
  }
}

TEST(JoinerOffer, TellsTheDonorWhatItNeeds) {
  EXPECT_EQ(to_ready_address({{"10.0.0.5", 4444}, sst_method::mariabackup, 1, tls_choice::psk}, token),
            "mgc:" + std::string{token_text} + "@10.0.0.5:4444/mgc_mariabackup/1/psk");
  EXPECT_EQ(to_ready_address({{"::1", 14444}, sst_method::rsync, 2, tls_choice::off}, token),
            "mgc:" + std::string{token_text} + "@[::1]:14444/mgc_rsync/2/plain");
}

TEST(JoinerOffer, ArrivesAsItWasMade) {
  for (const auto method : {sst_method::rsync, sst_method::mariabackup}) {
    for (const auto tls : {tls_choice::off, tls_choice::psk, tls_choice::certificates}) {
      const joiner_offer offer{{"2001:db8::5", 4444}, method, 7, tls};
      // The server parts it at the last '@'.
      const auto ready = to_ready_address(offer, token);
      const auto at = ready.rfind('@');
      EXPECT_EQ(parse_joiner_offer(ready.substr(at + 1)).value(), offer);
      EXPECT_EQ(parse_remote_authentication(ready.substr(0, at)).value(), token);
    }
  }
}

TEST(JoinerOffer, OfALaterVersionMaySayMore) {
  const auto offer = parse_joiner_offer("db1:4444/mgc_rsync/9/cert/more//words");
  ASSERT_TRUE(offer);
  EXPECT_EQ(offer->wire_version, 9U);
}

TEST(JoinerOffer, OfAStockMethodIsNamedAsSuch) {
  for (const auto* const address :
       {"10.0.0.5:4444/xtrabackup_sst//1", "10.0.0.5:4444/rsync_sst", "10.0.0.5:4444", "10.0.0.5:4444/"}) {
    const auto offer = parse_joiner_offer(address);
    ASSERT_FALSE(offer) << address;
    EXPECT_EQ(offer.error(), error::joiner_not_mgc) << address;
    EXPECT_THAT(offer.error().message(), HasSubstr("does not run a method of mgc"));
  }
}

TEST(JoinerOffer, SaysWhyItRefuses) {
  const std::vector<std::pair<std::string, error>> refused{
      {"db1:0/mgc_rsync/1/psk", error::address_malformed},
      {"db1:4444/mgc_rsync", error::address_malformed},
      {"db1:4444/mgc_rsync/1", error::address_malformed},
      {"db1:4444/mgc_rsync//psk", error::address_malformed},
      {"db1:4444/mgc_rsync/0/psk", error::address_malformed},
      {"db1:4444/mgc_rsync/one/psk", error::address_malformed},
      {"db1:4444/mgc_rsync/-1/psk", error::address_malformed},
      {"db1:4444/mgc_rsync/99999999999/psk", error::address_malformed},
      {"db1:4444/mgc_rsync/1/quic", error::joiner_tls_unknown},
      {"db1:4444/mgc_rsync/1/", error::joiner_tls_unknown},
      {"db1:4444/mgc_rsync_wan/1/psk", error::joiner_not_mgc}};
  for (const auto& [text, why] : refused) {
    const auto parsed = parse_joiner_offer(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error(), why) << text << ": " << parsed.error().message();
  }
}

TEST(RemoteAuthentication, IsATokenAndNothingElse) {
  const std::string right{token_text};
  EXPECT_EQ(parse_remote_authentication("mgc:" + right).value(), token);
  for (const auto& text : {std::string{}, std::string{"mgc"}, std::string{"mgc:"}, right, "cn:" + right,
                           "mgc:" + right + "0", "mgc:" + right.substr(1), "mgc:" + right + "\n",
                           "mgc " + right, "MGC:" + right, "mgc:0x" + right.substr(2),
                           "mgc:" + right.substr(0, 31) + "g", "mgc:" + right.substr(0, 30) + "FF"}) {
    const auto parsed = parse_remote_authentication(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error(), error::address_authentication_malformed) << text;
  }
}

}  // namespace
}  // namespace mgc::proxy
