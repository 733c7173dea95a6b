// The messages of WIRE.md. Its worked example is here as bytes; the keyed hashes were computed by another implementation
// (hmac and hashlib of Python).

#include "proxy/wire.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "tests/observing.hpp"
#include "tests/unit/random_source.hpp"

namespace mgc::proxy::wire {
namespace {

using namespace std::string_literals;
using test::from_hex;
using testing::Pair;
using testing::UnorderedElementsAre;

constexpr auto no_limit = std::numeric_limits<std::uint64_t>::max();

bytes32 filled(unsigned char with) {
  bytes32 bytes{};
  bytes.fill(static_cast<char>(with));
  return bytes;
}

std::string text_of(const bytes32& bytes) { return {bytes.data(), bytes.size()}; }

// What the worked example says.
const transfer_token token = [] {
  transfer_token all{};
  all.fill(0xaa);
  return all;
}();
const hello example_hello{.nonce = filled(0xd0)};
const challenge example_challenge{.version = 1, .nonce = filled(0x10)};
const std::string joiner_proof_bytes =
    from_hex("adf6c74c72679dabf8f789ed73242616e17d13ad9182669bce29d265546f73f7");
const std::string donor_proof_bytes =
    from_hex("71364bee497c1180c67fc031cc9ee5625ec04c2cdeab68d4946f9eca42ef28f8");
const std::string example_gtid = "00000000-0000-0000-0000-000000000000:15 0";

std::string binding_of_one_session() {
  std::string bytes(32, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i);
  return bytes;
}

challenge with_proof(challenge c, const hello& h, std::string_view binding = {}) {
  c.proof = joiner_proof(token, h, c, binding);
  return c;
}

// --- the worked example

TEST(Wire, WritesTheHelloOfTheExample) {
  EXPECT_EQ(example_hello.encode(), from_hex("4d474357 01010100") + std::string(32, '\xd0'));
}

TEST(Wire, WritesTheChallengeOfTheExample) {
  EXPECT_EQ(with_proof(example_challenge, example_hello).encode(),
            from_hex("4d474357 01010100") + std::string(32, '\x10') + joiner_proof_bytes);
}

TEST(Wire, WritesTheAnswerOfTheExample) {
  const auto c = with_proof(example_challenge, example_hello);
  EXPECT_EQ(text_of(donor_proof(token, example_hello, c, {})), donor_proof_bytes);
}

TEST(Wire, WritesTheFramesOfTheExample) {
  const transfer_options options{
      .method = "mgc_mariabackup", .bypass = true, .gtid = example_gtid, .limit = "unlimited"};
  EXPECT_THAT(encode_frame(frame::options, encode_options(options.encode())),
              testing::StartsWith(from_hex("01000000 00000074")));
  EXPECT_EQ(encode_frame(frame::options, encode_options({{"compress", "off"}})),
            from_hex("01000000 0000000d") + "compress=off\n");
  EXPECT_EQ(encode_frame(frame::end, encode_count(0)), from_hex("04000000 00000008 0000000000000000"));
  EXPECT_EQ(encode_frame(frame::acknowledgement, encode_count(0)),
            from_hex("05000000 00000008 0000000000000000"));
}

// --- proofs and keys

TEST(Wire, ProvesOverTheBindingAsAnotherImplementationDoes) {
  const auto binding = binding_of_one_session();
  EXPECT_EQ(text_of(joiner_proof(token, example_hello, example_challenge, binding)),
            from_hex("7945b098f394527d2e7962f203ad98d9da956df2e808ea9ce9278fad61b646d5"));
  EXPECT_EQ(text_of(donor_proof(token, example_hello, example_challenge, binding)),
            from_hex("ea9bfd552d65802455a55f833f53117dc880f607eeab92b290e245f7ec428c11"));
}

TEST(Wire, DerivesTheKeyAsAnotherImplementationDoes) {
  transfer_token counting{};
  for (std::size_t i = 0; i < counting.size(); ++i) counting[i] = static_cast<std::uint8_t>(i);
  EXPECT_EQ(text_of(pre_shared_key("correct horse battery staple", counting)),
            from_hex("9045a3943ae1b4c75256baa6fdb6631c9257792e9e2ff8e061ded58506a3b5ef"));
}

TEST(Wire, DerivesAnotherKeyForAnotherTokenOrSecret) {
  auto other = token;
  other[15] ^= 1;
  EXPECT_NE(pre_shared_key("secret", token), pre_shared_key("secret", other));
  EXPECT_NE(pre_shared_key("secret", token), pre_shared_key("Secret", token));
}

TEST(Wire, ProofDependsOnAllThatItIsOver) {
  struct inputs {
    transfer_token of_token = token;
    hello h = example_hello;
    challenge c = example_challenge;
    std::string binding = binding_of_one_session();
  };
  std::vector<inputs> all(1);
  const auto changed = [&](auto change) { change(all.emplace_back()); };
  for (std::size_t i = 0; i < token.size(); ++i) changed([&](inputs& in) { in.of_token[i] ^= 1; });
  for (std::size_t i = 0; i < 32; ++i) {
    changed([&](inputs& in) { in.h.nonce[i] ^= 1; });
    changed([&](inputs& in) { in.c.nonce[i] ^= 1; });
    changed([&](inputs& in) { in.binding[i] ^= 1; });
  }
  changed([](inputs& in) { in.h.lowest = 2; });
  changed([](inputs& in) { in.h.highest = 2; });
  changed([](inputs& in) { in.h.role = role::channel; });
  changed([](inputs& in) { in.c.version = 2; });
  changed([](inputs& in) { in.c.lowest = 2; });
  changed([](inputs& in) { in.c.highest = 2; });
  changed([](inputs& in) { in.binding.clear(); });

  std::vector<bytes32> proofs;
  for (const auto& in : all) {
    proofs.push_back(joiner_proof(in.of_token, in.h, in.c, in.binding));
    proofs.push_back(donor_proof(in.of_token, in.h, in.c, in.binding));  // the label is another
  }
  std::sort(proofs.begin(), proofs.end());
  EXPECT_EQ(std::adjacent_find(proofs.begin(), proofs.end()), proofs.end());
}

TEST(Wire, ProofIsNotOverTheProofWithinTheChallenge) {
  EXPECT_EQ(donor_proof(token, example_hello, example_challenge, {}),
            donor_proof(token, example_hello, with_proof(example_challenge, example_hello), {}));
}

TEST(Wire, ComparesWholeProofs) {
  for (std::size_t i = 0; i < 32; ++i) {
    auto other = filled(0x55);
    other[i] ^= '\x80';
    EXPECT_FALSE(equal(filled(0x55), other));
  }
  EXPECT_TRUE(equal(filled(0x55), filled(0x55)));
}

TEST(Wire, MakesOtherTokensAndNoncesEachTime) {
  EXPECT_NE(make_token(), make_token());
  EXPECT_NE(make_nonce(), make_nonce());
}

// --- hello and challenge

TEST(Wire, ReadsBackEveryHello) {
  for (const int lowest : {1, 2, 255}) {
    for (const int highest : {lowest, 255}) {
      for (const auto role : {role::control, role::channel}) {
        const hello h{static_cast<std::uint8_t>(lowest), static_cast<std::uint8_t>(highest), role,
                      make_nonce()};
        const auto decoded = hello::decode(h.encode());
        ASSERT_TRUE(decoded);
        EXPECT_EQ(decoded->lowest, h.lowest);
        EXPECT_EQ(decoded->highest, h.highest);
        EXPECT_EQ(decoded->role, h.role);
        EXPECT_EQ(decoded->nonce, h.nonce);
      }
    }
  }
}

TEST(Wire, ReadsBackEveryChallenge) {
  for (const int version : {0, 1, 3, 255}) {
    const challenge c{static_cast<std::uint8_t>(version), 1, 255, make_nonce(), make_nonce()};
    const auto decoded = challenge::decode(c.encode());
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->version, c.version);
    EXPECT_EQ(decoded->lowest, c.lowest);
    EXPECT_EQ(decoded->highest, c.highest);
    EXPECT_EQ(decoded->nonce, c.nonce);
    EXPECT_EQ(decoded->proof, c.proof);
  }
}

// Whatever changes on the way is refused, or the proofs over it do not agree any more.
template <class Decode, class StillProved>
void change_each_byte(const std::string& message, Decode decode, StillProved still_proved) {
  for (std::size_t i = 0; i < message.size(); ++i) {
    for (int value = 0; value < 256; ++value) {
      auto changed = message;
      changed[i] = static_cast<char>(value);
      if (changed == message) continue;
      const auto decoded = decode(changed);
      EXPECT_TRUE(!decoded || !still_proved(*decoded)) << "byte " << i << " = " << value;
    }
  }
}

TEST(Wire, NoByteOfAHelloCanBeChanged) {
  const auto proof = joiner_proof(token, example_hello, example_challenge, {});
  change_each_byte(example_hello.encode(), hello::decode, [&](const hello& h) {
    return equal(proof, joiner_proof(token, h, example_challenge, {}));
  });
}

TEST(Wire, NoByteOfAChallengeCanBeChanged) {
  const auto message = with_proof(example_challenge, example_hello).encode();
  change_each_byte(message, challenge::decode, [&](const challenge& c) {
    return equal(c.proof, joiner_proof(token, example_hello, c, {}));
  });
}

TEST(Wire, RefusesHelloAndChallengeOfAnotherSize) {
  const auto h = example_hello.encode();
  const auto c = example_challenge.encode();
  for (std::size_t size = 0; size <= 80; ++size) {
    EXPECT_EQ(hello::decode((h + std::string(80, '\0')).substr(0, size)).has_value(), size == 40) << size;
    EXPECT_EQ(challenge::decode((c + std::string(80, '\0')).substr(0, size)).has_value(), size == 72) << size;
  }
}

TEST(Wire, RefusesImpossibleHello) {
  const auto refuses = [](std::size_t at, char value) {
    auto bytes = hello{1, 9, role::control, filled(1)}.encode();
    bytes[at] = value;
    return !hello::decode(bytes);
  };
  EXPECT_TRUE(refuses(0, 'm'));  // magic
  EXPECT_TRUE(refuses(3, 'V'));
  EXPECT_TRUE(refuses(4, 0));   // lowest version
  EXPECT_TRUE(refuses(4, 10));  // above the highest
  EXPECT_FALSE(refuses(4, 9));
  EXPECT_TRUE(refuses(6, 0));  // role
  EXPECT_TRUE(refuses(6, 3));
  EXPECT_FALSE(refuses(6, 2));
  EXPECT_TRUE(refuses(7, 1));  // reserved
}

TEST(Wire, RefusesImpossibleChallenge) {
  const auto refuses = [](std::size_t at, char value) {
    auto bytes = challenge{4, 3, 5, filled(1), filled(2)}.encode();
    bytes[at] = value;
    return !challenge::decode(bytes);
  };
  EXPECT_TRUE(refuses(1, 'g'));  // magic
  EXPECT_TRUE(refuses(4, 2));    // a version that it says not to know
  EXPECT_TRUE(refuses(4, 6));
  EXPECT_FALSE(refuses(4, 0));  // none in common
  EXPECT_TRUE(refuses(5, 0));
  EXPECT_TRUE(refuses(5, 6));
  EXPECT_TRUE(refuses(7, 1));  // reserved
}

TEST(Wire, AgreesOnTheHighestVersionThatBothKnow) {
  for (int lowest = 1; lowest < 256; ++lowest) {
    for (int highest = lowest; highest < 256; ++highest) {
      int expected = 0;
      for (int version = lowest; version <= highest; ++version) {
        if (version >= lowest_version && version <= highest_version) expected = version;
      }
      const hello h{static_cast<std::uint8_t>(lowest), static_cast<std::uint8_t>(highest)};
      ASSERT_EQ(common_version(h), expected) << lowest << " to " << highest;
    }
  }
}

// --- frames

bool accepts(frame type, std::uint64_t length) {
  const auto header = frame_header{type, static_cast<std::uint32_t>(length)}.encode();
  const auto decoded = frame_header::decode({header.data(), header.size()});
  if (!decoded) return false;
  EXPECT_EQ(decoded->type, type);
  EXPECT_EQ(decoded->length, length);
  return true;
}

// The longest payload that is taken, and that nothing longer is.
void expect_bounds(frame type, std::uint64_t least, std::uint64_t most) {
  SCOPED_TRACE("type " + std::to_string(static_cast<int>(type)));
  for (const std::uint64_t length : {least, most}) EXPECT_TRUE(accepts(type, length));
  if (least > 0) {
    EXPECT_FALSE(accepts(type, least - 1));
  }
  for (const std::uint64_t length : {most + 1, std::uint64_t{2 * most_data}, std::uint64_t{0xffffffff}}) {
    EXPECT_FALSE(accepts(type, length));
  }
}

TEST(Wire, BoundsTheLengthOfEveryFrame) {
  expect_bounds(frame::options, 0, 16 * 1024);
  expect_bounds(frame::data, 1, 1024 * 1024);
  expect_bounds(frame::compressed, 1, 1024 * 1024);
  expect_bounds(frame::end, 0, 8);
  expect_bounds(frame::acknowledgement, 0, 8);
  expect_bounds(frame::failure, 0, 1024);
  expect_bounds(frame::stage, 0, 255);
  for (const int unknown : {0, 8, 9, 77, 127, 128, 255})
    expect_bounds(static_cast<frame>(unknown), 0, 16 * 1024);
}

TEST(Wire, RefusesReservedBytesAndOtherSizesOfAHeader) {
  const auto good = frame_header{frame::data, 0x01020304 & 0xfffff}.encode();
  const std::string bytes{good.data(), good.size()};
  ASSERT_TRUE(frame_header::decode(bytes));
  for (const std::size_t reserved : {1, 2, 3}) {
    for (int value = 1; value < 256; ++value) {
      auto changed = bytes;
      changed[reserved] = static_cast<char>(value);
      EXPECT_FALSE(frame_header::decode(changed));
    }
  }
  for (std::size_t size = 0; size < 20; ++size) {
    EXPECT_EQ(frame_header::decode((bytes + std::string(20, '\0')).substr(0, size)).has_value(), size == 8);
  }
}

TEST(Wire, ReadsBackEveryCount) {
  for (const std::uint64_t count :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0x0102030405060708}, no_limit})
    EXPECT_EQ(decode_count(encode_count(count)).value(), count);
  EXPECT_EQ(encode_count(0x0102030405060708), from_hex("0102030405060708"));
  for (const std::size_t size : {0, 7, 9, 16}) EXPECT_FALSE(decode_count(std::string(size, '\0')));
}

// --- failure

TEST(Wire, ReadsBackAFailure) {
  const auto decoded = failure_report::decode(failure_report{28, "no space left\nthere"}.encode());
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->code, 28);
  EXPECT_EQ(decoded->text, "no space left\nthere");
  EXPECT_EQ((failure_report{28, "x"}.encode()), from_hex("0000001c") + "x");
}

TEST(Wire, CutsALongFailureToWhatAFrameHolds) {
  const std::string text(5000, 'x');
  const auto payload = failure_report{5, text}.encode();
  EXPECT_EQ(payload.size(), 1024);
  EXPECT_TRUE(accepts(frame::failure, payload.size()));
  EXPECT_EQ(failure_report::decode(payload)->text, text.substr(0, 1020));
}

TEST(Wire, RefusesAFailureWithoutACode) {
  for (const std::size_t size : {0, 1, 3}) EXPECT_FALSE(failure_report::decode(std::string(size, '\0')));
  EXPECT_EQ(failure_report::decode(std::string(4, '\0'))->text, "");
}

TEST(Wire, TakesAnyCodeOfAPeer) {
  EXPECT_EQ(failure_report::decode(from_hex("ffffffff"))->code, -1);
  EXPECT_EQ(failure_report::decode(from_hex("80000000"))->code, std::numeric_limits<int>::min());
}

// --- options

TEST(Wire, ReadsBackOptions) {
  const option_map options{{"gtid", example_gtid}, {"total", ""}, {"équipe", "a=b == c"}};
  EXPECT_EQ(decode_options(encode_options(options)).value(), options);
  EXPECT_EQ(decode_options("").value(), option_map{});
}

TEST(Wire, LastOfTwoOptionsCounts) {
  EXPECT_THAT(decode_options("a=1\nb=2\na=3\n").value(),
              UnorderedElementsAre(Pair("a", "3"), Pair("b", "2")));
}

TEST(Wire, RefusesMalformedOptions) {
  for (const auto& text : {"a=1"s, "a=1\nb=2"s, "\n"s, "a=1\n\nb=2\n"s, "a\n"s, "=1\n"s, "a=1\r\n"s,
                           "a=\t\n"s, "a=\x1b[2J\n"s, "a=\x7f\n"s, "a=1\0\n"s, "\1=1\n"s})
    EXPECT_FALSE(decode_options(text)) << testing::PrintToString(text);
}

TEST(Wire, RefusesEveryControlCharacterInOptions) {
  for (int c = 0; c < 256; ++c) {
    const bool is_control = c < 0x20 || c == 0x7f;
    if (c == '\n') continue;
    const std::string value{static_cast<char>(c)};
    EXPECT_EQ(decode_options("a=" + value + "\n").has_value(), !is_control) << c;
  }
}

option_map usual_options() {
  return transfer_options{.method = "mgc_rsync",
                          .bypass = false,
                          .gtid = example_gtid,
                          .total = 123456789012,
                          .limit = "52428800",
                          .compress = true}
      .encode();
}

TEST(Wire, ReadsBackWhatADonorSays) {
  const auto decoded = transfer_options::decode(usual_options());
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->method, "mgc_rsync");
  EXPECT_FALSE(decoded->bypass);
  EXPECT_EQ(decoded->gtid, example_gtid);
  EXPECT_EQ(decoded->total, 123456789012);
  EXPECT_EQ(decoded->limit, "52428800");
  EXPECT_TRUE(decoded->compress);
  EXPECT_EQ(decoded->encode(), usual_options());
}

TEST(Wire, IgnoresOptionsOfANewerDonor) {
  auto options = usual_options();
  options["colour"] = "blue";
  EXPECT_EQ(transfer_options::decode(options)->encode(), usual_options());
}

TEST(Wire, CompressesOnlyWithAnAlgorithmThatItKnows) {
  auto options = usual_options();
  options["compress"] = "lz4";
  EXPECT_FALSE(transfer_options::decode(options)->compress);
  options.erase("compress");
  EXPECT_FALSE(transfer_options::decode(options)->compress);
}

TEST(Wire, RefusesADonorThatDoesNotSayWhatItSends) {
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"method", ""}, {"bypass", ""}, {"bypass", "2"}, {"bypass", "01"}, {"bypass", "yes"}}) {
    auto options = usual_options();
    options[name] = value;
    EXPECT_FALSE(transfer_options::decode(options)) << name << '=' << value;
    options.erase(name);
    EXPECT_FALSE(transfer_options::decode(options)) << "without " << name;
  }
}

TEST(Wire, RefusesAnImpossibleTotal) {
  auto options = usual_options();
  for (const auto* const total :
       {"-1", "+1", "1k", " 1", "1 ", "0x10", "1.5", "18446744073709551616", "one"}) {
    options["total"] = total;
    EXPECT_FALSE(transfer_options::decode(options)) << total;
  }
  options["total"] = "18446744073709551615";
  EXPECT_EQ(transfer_options::decode(options)->total, no_limit);
  options["total"] = "";
  EXPECT_EQ(transfer_options::decode(options)->total, 0);
  options.erase("total");
  EXPECT_EQ(transfer_options::decode(options)->total, 0);
}

// --- anything at all

TEST(Wire, TakesAnyBytesWithoutHarm) {
  test::random_source random;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(random.between(0, 100), '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random.between(0, 255));
    if (random.one_in(2)) bytes.replace(0, std::min<std::size_t>(4, bytes.size()), "MGCW");
    if (const auto h = hello::decode(bytes)) {
      EXPECT_EQ(h->encode(), bytes);
    }
    if (const auto c = challenge::decode(bytes)) {
      EXPECT_EQ(c->encode(), bytes);
    }
    if (const auto f = failure_report::decode(bytes)) {
      EXPECT_EQ(f->encode(), bytes);
    }
    (void)decode_options(bytes);
  }
}

}  // namespace
}  // namespace mgc::proxy::wire
