#include "proxy/ist_message.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/observing.hpp"

namespace mgc::proxy {
namespace {

using test::from_hex;
using understanding = ist_observer::understanding;

std::string bytes_of(const ist_header& header) {
  const auto bytes = to_bytes(header);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

result<ist_header> parse(const std::string& bytes) {
  return parse_ist_header(test::as_bytes(bytes).first<ist_header::size>());
}

std::string event(ist_type type, std::int64_t seqno, std::uint32_t length, std::uint8_t flags = 0) {
  return bytes_of({10, type, flags, 0, length, seqno}) + std::string(length, 'w');
}

// What a donor sends: three write-sets of which one is preloaded, a change, a gap, the end.
const std::string transfer =
    bytes_of({10, ist_type::handshake_response}) + event(ist_type::trx, 101, 70, ist_header::preload) +
    event(ist_type::trx, 102, 1) + event(ist_type::cchange, 103, 300) + event(ist_type::skip, 104, 0) +
    event(ist_type::trx, 105, 24) + bytes_of({10, ist_type::ctrl, 0, ist_header::end});

struct seen {
  explicit seen(const ist_observer& o)
      : how{o.understands()},
        numbers{o.figures().write_sets,
                o.figures().changes,
                o.figures().skips,
                o.figures().preloaded,
                o.figures().bytes,
                o.figures().ended ? 1U : 0U,
                static_cast<std::uint64_t>(o.figures().error),
                o.skippable(),
                o.wanted(),
                o.version(),
                o.is_between_messages() ? 1U : 0U},
        first{o.figures().first_seqno},
        last{o.figures().last_seqno} {}
  bool operator==(const seen&) const = default;

  understanding how;
  std::vector<std::uint64_t> numbers;
  std::optional<std::int64_t> first;
  std::optional<std::int64_t> last;
};

seen after(std::string_view stream) {
  ist_observer o;
  o.observe(test::as_bytes(stream));
  return seen{o};
}

TEST(IstMessage, IsWhatGaleraWrites) {
  const std::vector<std::pair<ist_header, std::string>> known{
      {{10, ist_type::handshake}, "0a01000000000000ffffffffffffffff 89fd0e27a303a26c"},
      {{10, ist_type::handshake_response}, "0a02000000000000ffffffffffffffff b679ca8a4fa844ab"},
      {{10, ist_type::ctrl}, "0a03000000000000ffffffffffffffff 8bc7b8689924fc98"},
      {{10, ist_type::ctrl, 0, 1}, "0a03000100000000ffffffffffffffff e537dfda4073a880"},
      {{11, ist_type::handshake}, "0b01000000000000ffffffffffffffff a839807fdad500d3"},
      {{11, ist_type::handshake_response}, "0b02000000000000ffffffffffffffff 77c223b512e0b626"},
      {{11, ist_type::ctrl}, "0b03000000000000ffffffffffffffff 9280caa5698dc07f"},
      {{11, ist_type::ctrl, 0, 1}, "0b03000100000000ffffffffffffffff ecd1f7e09f869fb3"}};
  for (const auto& [header, hex] : known) {
    EXPECT_EQ(bytes_of(header), from_hex(hex)) << hex;
    ASSERT_TRUE(parse(from_hex(hex))) << hex;
    EXPECT_EQ(*parse(from_hex(hex)), header) << hex;
  }
}

TEST(IstMessage, IsReadBackAsItWasWritten) {
  const ist_header header{11, ist_type::trx, ist_header::preload, -110, 0xfedcba98, 0x0123456789abcdef};
  EXPECT_EQ(parse(bytes_of(header)).value(), header);
}

TEST(IstMessage, IsRefusedWithAnyBitWrong) {
  const auto right = bytes_of({11, ist_type::trx, 1, 0, 70, 12345});
  for (std::size_t bit = 0; bit < right.size() * 8; ++bit) {
    auto wrong = right;
    wrong[bit / 8] = static_cast<char>(wrong[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(parse(wrong).error(), error::ist_malformed) << bit;
  }
}

TEST(IstMessage, OfAnOlderProtocolOrAnUnknownTypeIsRefused) {
  EXPECT_FALSE(parse(bytes_of({9, ist_type::trx, 0, 0, 0, 1})));
  EXPECT_FALSE(parse(bytes_of({10, static_cast<ist_type>(0)})));
  EXPECT_FALSE(parse(bytes_of({10, static_cast<ist_type>(7)})));
}

TEST(IstObserver, CountsEventsAndSeqnos) {
  ist_observer o;
  o.observe(test::as_bytes(transfer));
  const auto& f = o.figures();
  EXPECT_EQ(o.understands(), understanding::all);
  EXPECT_EQ(o.version(), 10);
  EXPECT_EQ(f.write_sets, 3U);
  EXPECT_EQ(f.changes, 1U);
  EXPECT_EQ(f.skips, 1U);
  EXPECT_EQ(f.events(), 5U);
  EXPECT_EQ(f.preloaded, 1U);
  EXPECT_EQ(f.first_seqno, 101);
  EXPECT_EQ(f.last_seqno, 105);
  EXPECT_EQ(f.bytes, transfer.size());
  EXPECT_TRUE(f.ended);
  EXPECT_EQ(f.error, 0);
}

TEST(IstObserver, FollowsTheJoinerToo) {
  ist_observer o;
  o.observe(test::as_bytes(bytes_of({11, ist_type::handshake}) + bytes_of({11, ist_type::ctrl, 0, -71})));
  EXPECT_EQ(o.understands(), understanding::all);
  EXPECT_EQ(o.figures().error, 71);
  EXPECT_FALSE(o.figures().ended);
}

TEST(IstObserver, IsTheSameHoweverItIsSplitAndWhetherPayloadIsSeen) {
  const auto whole = after(transfer);
  for (std::size_t length = 0; length <= transfer.size(); ++length) {
    const auto part = std::string_view{transfer}.substr(0, length);
    for (const std::size_t slice : {1, 7, 23, 24, 25, 100}) {
      ist_observer shown;
      test::show_in_slices(shown, part, slice);
      ASSERT_EQ(seen{shown}, after(part)) << length << " in slices of " << slice;
      ist_observer headers;
      ASSERT_TRUE(test::show_headers_only(headers, part, slice));
      ASSERT_EQ(seen{headers}, after(part)) << length << ", headers only, in slices of " << slice;
    }
    ist_observer two;
    two.observe(test::as_bytes(part));
    two.observe(test::as_bytes(std::string_view{transfer}.substr(length)));
    ASSERT_EQ(seen{two}, whole) << "split at " << length;
  }
}

TEST(IstObserver, KnowsWhetherTheStreamCouldEndHere) {
  for (std::size_t length = 0; length <= transfer.size(); ++length) {
    ist_observer o;
    o.observe(test::as_bytes(std::string_view{transfer}.substr(0, length)));
    EXPECT_EQ(o.figures().ended, length == transfer.size()) << length;
  }
  ist_observer o;
  o.observe(test::as_bytes(bytes_of({10, ist_type::handshake_response}) + event(ist_type::trx, 1, 5)));
  EXPECT_TRUE(o.is_between_messages());
  o.observe(test::as_bytes("\n"));
  EXPECT_FALSE(o.is_between_messages());
}

TEST(IstObserver, LetsWhatItDoesNotUnderstandPass) {
  const std::string handshake = bytes_of({10, ist_type::handshake_response});
  auto broken = event(ist_type::trx, 1, 5);
  broken[9] = 'x';
  const std::vector<std::pair<std::string, understanding>> foreign{
      {from_hex("160303"), understanding::encrypted},
      {from_hex("04010000 0000000000000000"), understanding::older},
      {std::string(24, '\0'), understanding::none},
      {"GET / HTTP/1.1\r\nHost: db1\r\n\r\n", understanding::none},
      {event(ist_type::trx, 1, 5), understanding::none},  // an event before the handshake
      {handshake + broken, understanding::not_any_more},
      {handshake + bytes_of({11, ist_type::trx, 0, 0, 0, 1}), understanding::not_any_more}};
  for (const auto& [stream, why] : foreign) {
    ist_observer o;
    o.observe(test::as_bytes(stream));
    EXPECT_EQ(o.understands(), why) << "of " << stream.size() << " bytes";
    EXPECT_TRUE(o.is_opaque());
    EXPECT_FALSE(o.is_between_messages());
    EXPECT_EQ(o.skippable(), ist_observer::everything);
    o.skip(1000);
    o.observe(test::as_bytes(transfer));
    EXPECT_EQ(o.understands(), why) << "it does not come back";
    EXPECT_EQ(o.figures().bytes, stream.size() + 1000 + transfer.size());
    EXPECT_EQ(o.figures().events(), 0U);
  }
}

}  // namespace
}  // namespace mgc::proxy
