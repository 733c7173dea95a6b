#include "proxy/xbstream.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/observing.hpp"
#include "tests/unit/random_source.hpp"

namespace mgc::proxy {
namespace {

using ending = xbstream_observer::ending;
using test::from_hex;

// As `mbstream -c db/t.ibd empty xtrabackup_info` of MariaDB 10.11 writes it: "hello", nothing, and "x".
const std::string real = from_hex(R"(
  58425354434b3031005008000000 64622f742e696264 0500000000000000 0000000000000000 86a61036 68656c6c6f
  58425354434b3031004508000000 64622f742e696264
  58425354434b3031004505000000 656d707479
  58425354434b303100500f000000 787472616261636b75705f696e666f 0100000000000000 0000000000000000 8316dc8c 78
  58425354434b303100450f000000 787472616261636b75705f696e666f)");

std::string little_endian(std::uint64_t number, std::size_t size) {
  std::string bytes;
  for (; size > 0; --size, number >>= 8) bytes += static_cast<char>(number & 0xff);
  return bytes;
}

std::string chunk(char type, const std::string& path) {
  return std::string{"XBSTCK01\0", 9} + type + little_endian(path.size(), 4) + path;
}
std::string payload(const std::string& path, const std::string& bytes, std::uint64_t offset = 0) {
  return chunk('P', path) + little_endian(bytes.size(), 8) + little_endian(offset, 8) + "crc." + bytes;
}
std::string complete(const std::string& path) { return chunk('E', path); }
std::string seek(const std::string& path, std::uint64_t to) {
  return chunk('S', path) + little_endian(to, 8);
}
std::string rename(const std::string& path, const std::string& to) {
  return chunk('R', path) + little_endian(to.size(), 4) + to;
}

struct seen {
  explicit seen(const xbstream_observer& o)
      : how{o.if_ended_now()},
        opaque{o.is_opaque()},
        between{o.is_between_chunks()},
        file{o.file()},
        numbers{o.bytes(),         o.file_bytes(), o.files_begun(), o.files_ended(),
                o.payload_bytes(), o.skippable(),  o.wanted()} {}
  bool operator==(const seen&) const = default;

  ending how;
  bool opaque;
  bool between;
  std::string file;
  std::vector<std::uint64_t> numbers;
};

xbstream_observer& show(xbstream_observer& observer, std::string_view stream) {
  observer.observe(test::as_bytes(stream));
  return observer;
}

seen after(std::string_view stream) {
  xbstream_observer o;
  return seen{show(o, stream)};
}

TEST(Xbstream, FollowsWhatMbstreamWrites) {
  xbstream_observer o;
  show(o, real);
  EXPECT_EQ(o.if_ended_now(), ending::clean);
  EXPECT_EQ(o.file(), "xtrabackup_info");
  EXPECT_EQ(o.files_begun(), 3U);
  EXPECT_EQ(o.files_ended(), 3U);
  EXPECT_EQ(o.payload_bytes(), 6U);
  EXPECT_EQ(o.bytes(), real.size());
}

TEST(Xbstream, TellsWhichFileIsBeingSentAndHowMuchOfIt) {
  xbstream_observer o;
  show(o, payload("a", "1234") + payload("b", "12") + payload("a", "5", 4).substr(0, 35));
  EXPECT_EQ(o.file(), "a");
  EXPECT_EQ(o.file_bytes(), 4U);
  EXPECT_EQ(o.skippable(), 1U);
  o.skip(1);
  EXPECT_EQ(o.file_bytes(), 5U);
  show(o, complete("a"));
  EXPECT_EQ(o.file_bytes(), 5U);
  EXPECT_EQ(o.files_begun(), 2U);
  EXPECT_EQ(o.files_ended(), 1U);
}

TEST(Xbstream, CutAnywhereIsTruncatedUnlessEveryFileIsComplete) {
  const std::vector<std::string> files{payload("db/t.ibd", "hello") + complete("db/t.ibd"), complete("empty"),
                                       payload("info", "x") + complete("info")};
  std::string stream;
  std::vector<std::size_t> clean;
  for (const auto& file : files) clean.push_back((stream += file).size());
  for (std::size_t cut = 1; cut <= stream.size(); ++cut) {
    const bool whole = std::find(clean.begin(), clean.end(), cut) != clean.end();
    EXPECT_EQ(after(stream.substr(0, cut)).how, whole ? ending::clean : ending::truncated) << cut;
  }
}

TEST(Xbstream, HasNoOpinionBeforeAnythingHasCome) { EXPECT_EQ(after("").how, ending::unknown); }

TEST(Xbstream, IsTheSameHoweverItIsSplitAndWhetherPayloadIsSeen) {
  const auto stream = real + seek("a\n", 1 << 20) + payload("a\n", std::string(300, 'x')) +
                      rename("a\n", "c") + payload("c", "") + chunk('D', "d") + complete("c") +
                      payload("e", "XBSTCK01");
  for (std::size_t length = 0; length <= stream.size(); ++length) {
    const auto part = std::string_view{stream}.substr(0, length);
    const auto whole = after(part);
    for (const std::size_t slice : {1, 2, 13, 14, 35, 100}) {
      xbstream_observer shown;
      test::show_in_slices(shown, part, slice);
      ASSERT_EQ(seen{shown}, whole) << length << " in slices of " << slice;
      xbstream_observer headers;
      ASSERT_TRUE(test::show_headers_only(headers, part, slice));
      ASSERT_EQ(seen{headers}, whole) << length << ", headers only, in slices of " << slice;
    }
    xbstream_observer two;
    show(show(two, part), std::string_view{stream}.substr(length));
    ASSERT_EQ(seen{two}, after(stream)) << "split at " << length;
  }
}

TEST(Xbstream, ARenamedFileIsStillTheOneThatWasBegun) {
  EXPECT_EQ(after(payload("a", "1") + rename("a", "b")).how, ending::truncated);
  EXPECT_EQ(after(payload("a", "1") + rename("a", "b") + complete("b")).how, ending::clean);
  EXPECT_EQ(after(payload("a", "1") + rename("a", "b") + complete("a")).how, ending::truncated);
}

TEST(Xbstream, ARemovedFileNeedsNoEnd) {
  EXPECT_EQ(after(payload("a", "1") + chunk('D', "a")).how, ending::clean);
}

TEST(Xbstream, EscapesNames) {
  xbstream_observer o;
  EXPECT_EQ(show(o, complete("a\n\033[1mb")).file(), "a\\x0a\\x1b[1mb");
}

TEST(Xbstream, TakesTheLongestName) {
  EXPECT_EQ(after(complete(std::string(511, 'n'))).how, ending::clean);
  EXPECT_TRUE(after(complete(std::string(512, 'n'))).opaque);
}

TEST(Xbstream, IsOpaqueToWhatItDoesNotUnderstandAndOnlyCountsThen) {
  const std::vector<std::string> foreign{
      "G",                                                   // not even its first byte fits
      "\x28\xb5\x2f\xfd",                                    // zstd
      "XBSTCK02",                                            // another version
      chunk('Q', "a"),                                       // another chunk
      complete(""),                                          // no name
      rename("a", ""),                                       //
      rename("a", std::string(512, 'n')),                    //
      seek("a", 7) + little_endian(3, 4) + "sparse",         // Percona's
      payload("a", "1") + "x" + complete("a"),               // longer than it said
      payload("a", "1") + complete("a") + "trailing bytes",  //
  };
  for (const auto& stream : foreign) {
    xbstream_observer o;
    show(o, stream);
    EXPECT_TRUE(o.is_opaque()) << stream;
    EXPECT_EQ(o.if_ended_now(), ending::unknown);
    EXPECT_EQ(o.bytes(), stream.size());
    EXPECT_EQ(o.skippable(), xbstream_observer::everything);
    o.skip(1000);
    EXPECT_EQ(o.bytes(), stream.size() + 1000);
    EXPECT_EQ(seen{show(o, real)}.how, ending::unknown) << "it does not come back";
  }
}

TEST(Xbstream, GivesUpRatherThanRememberTooManyFiles) {
  xbstream_observer o{2};
  show(o, payload("a", "1") + payload("b", "1"));
  EXPECT_FALSE(o.is_opaque());
  show(o, complete("a") + payload("c", "1"));
  EXPECT_FALSE(o.is_opaque());
  show(o, payload("d", "1"));
  EXPECT_TRUE(o.is_opaque());
}

TEST(Xbstream, SkipsPayloadsOfAnyLength) {
  xbstream_observer o;
  constexpr auto huge = std::uint64_t{1} << 62;
  show(o, chunk('P', "a") + little_endian(huge, 8) + little_endian(0, 8) + "crc.");
  ASSERT_EQ(o.skippable(), huge);
  o.skip(huge - 1);
  EXPECT_EQ(o.skippable(), 1U);
  show(o, "x" + complete("a"));
  EXPECT_EQ(o.if_ended_now(), ending::clean);
  EXPECT_EQ(o.file_bytes(), huge);
}

}  // namespace
}  // namespace mgc::proxy
