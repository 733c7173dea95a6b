#include "shaper/rate.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "tests/unit/random_source.hpp"

namespace mgc::shaper {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();

TEST(Rate, IsPausedUntilItIsSet) {
  EXPECT_TRUE(rate{}.is_paused());
  EXPECT_FALSE(rate{}.is_limited());
  EXPECT_FALSE(rate::unlimited().is_limited());
  EXPECT_TRUE(rate::kilobytes_per_second(1).is_limited());
}

TEST(Rate, NeverExceedsTheHighest) {
  EXPECT_EQ(rate::bytes_per_second(most).count(), rate::highest);
  EXPECT_EQ(rate::kilobytes_per_second(most).count(), rate::highest);
  EXPECT_EQ(rate::kilobytes_per_second(rate::highest / 1024).count(), rate::highest);
  EXPECT_LT(rate::bytes_per_second(rate::highest), rate::unlimited());
}

TEST(Rate, GivesTheBytesOfATimeRoundedDown) {
  EXPECT_EQ(rate::bytes_per_second(1500).bytes_in(1s), 1500U);
  EXPECT_EQ(rate::bytes_per_second(1500).bytes_in(1999us), 2U);
  EXPECT_EQ(rate::bytes_per_second(1500).bytes_in(0ns), 0U);
  EXPECT_EQ(rate::bytes_per_second(1500).bytes_in(-1h), 0U);
  EXPECT_EQ(rate::paused().bytes_in(24h), 0U);
}

TEST(Rate, SaturatesRatherThanWrapsAround) {
  EXPECT_EQ(rate::bytes_per_second(rate::highest).bytes_in(duration::max()), most);
  EXPECT_EQ(rate::bytes_per_second(1).time_for(most), duration::max());
}

// The least time after which the bytes have been given: one nanosecond earlier they have not.
TEST(Rate, TimeForBytesIsTheInverseOfBytesInATime) {
  test::random_source random;
  for (int i = 0; i < 10'000; ++i) {
    const auto r = rate::bytes_per_second(random.magnitude_between(1, rate::highest));
    const auto bytes = random.magnitude_between(1, std::min<std::uint64_t>(most >> 24, r.count() << 20));
    const auto time = r.time_for(bytes);
    ASSERT_GE(r.bytes_in(time), bytes) << r.count() << " B/s";
    ASSERT_LT(r.bytes_in(time - 1ns), bytes) << r.count() << " B/s";
  }
}

// What makes the sum of many short intervals exact to a byte each, and never more than the whole.
TEST(Rate, SplittingATimeLosesAtMostOneByteAndGainsNone) {
  test::random_source random;
  for (int i = 0; i < 10'000; ++i) {
    const auto r = rate::bytes_per_second(random.magnitude_between(1, rate::highest));
    const duration first{random.magnitude_between(1, 1'000'000'000'000)};
    const duration second{random.magnitude_between(1, 1'000'000'000'000)};
    const auto whole = r.bytes_in(first + second);
    const auto parts = r.bytes_in(first) + r.bytes_in(second);
    ASSERT_LE(parts, whole);
    ASSERT_GE(parts + 1, whole);
  }
}

TEST(ParseRate, TakesABareNumberForKilobytesPerSecond) {
  for (const auto* const text : {"6000", "6000k", "6000K", "6000kb", "6000KB", "6000KiB", "6000KB/s",
                                 "6000 KB/s", "6000.0", "06000", "6144000b", "6144000B/s"}) {
    const auto parsed = parse_rate(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, rate::kilobytes_per_second(6000)) << text;
  }
}

TEST(ParseRate, KnowsEveryUnit) {
  const std::vector<std::pair<std::string, std::uint64_t>> rates{
      {"50M", 50U << 20},          {"1g", 1U << 30},  {"1T", rate::highest},      {"400mbit", 50'000'000},
      {"10Gbit/s", 1'250'000'000}, {"8192bit", 1024}, {"100kbit", 12'500},        {"1.5M", 3U << 19},
      {"0.1G", 107'374'182},       {"1", 1024},       {"1048576M", rate::highest}};
  for (const auto& [text, bytes] : rates) {
    const auto parsed = parse_rate(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->count(), bytes) << text;
  }
  EXPECT_TRUE(parse_rate("unlimited").value().is_unlimited());
}

TEST(ParseRate, SaysWhyItRefuses) {
  const std::vector<std::pair<std::string, error>> refused{
      {"", error::rate_malformed},
      {"abc", error::rate_malformed},
      {"k", error::rate_malformed},
      {".5M", error::rate_malformed},
      {"5.", error::rate_malformed},
      {"5.k", error::rate_malformed},
      {"1.2.3", error::rate_malformed},
      {"6000x", error::rate_malformed},
      {"6000 ", error::rate_malformed},
      {" 6000", error::rate_malformed},
      {"+5", error::rate_malformed},
      {"1e6", error::rate_malformed},
      {"6,000", error::rate_malformed},
      {"6000/s", error::rate_malformed},
      {"6000  k", error::rate_malformed},
      {"6000k6", error::rate_malformed},
      {"-", error::rate_malformed},
      {"-k", error::rate_malformed},
      {"0", error::rate_zero},
      {"0k", error::rate_zero},
      {"0.0M", error::rate_zero},
      {"-5", error::rate_negative},
      {"-0", error::rate_negative},
      {"-1.5M", error::rate_negative},
      {"1023b", error::rate_too_small},
      {"0.5", error::rate_too_small},
      {"1kbit", error::rate_too_small},
      {"1048577M", error::rate_too_large},
      {"1.1T", error::rate_too_large},
      {"0.00000000000000000001T", error::rate_malformed},
      {"x99999999999999999999", error::rate_malformed},
      {"18446744073709551616", error::rate_too_large},
      {"99999999999999999999999999", error::rate_too_large}};
  for (const auto& [text, why] : refused) {
    const auto parsed = parse_rate(text);
    ASSERT_FALSE(parsed) << "'" << text << "'";
    EXPECT_EQ(parsed.error(), why) << "'" << text << "': " << parsed.error().message();
  }
}

TEST(ParseRate, ReadsBackWhatToStringWrites) {
  test::random_source random;
  EXPECT_EQ(parse_rate(to_string(rate::unlimited())).value(), rate::unlimited());
  for (int i = 0; i < 10'000; ++i) {
    const auto r = rate::kilobytes_per_second(random.magnitude_between(1, rate::highest / 1024));
    ASSERT_EQ(parse_rate(to_string(r)).value(), r) << to_string(r);
  }
}

TEST(ParseRate, NeverReadsMoreThanWasWritten) {
  test::random_source random;
  for (int i = 0; i < 10'000; ++i) {
    const auto whole = random.between(1, 9999);
    const auto thousandths = random.between(0, 999);
    const auto text = fmt::format("{}.{:03}M", whole, thousandths);
    ASSERT_EQ(parse_rate(text).value().count(), (whole * 1000 + thousandths) * 1024 * 1024 / 1000) << text;
  }
}

TEST(ToString, RoundsToWholeKilobytes) {
  EXPECT_EQ(to_string(rate::bytes_per_second(50'000'000)), "48828 KB/s");
  EXPECT_EQ(to_string(rate::kilobytes_per_second(6000)), "6000 KB/s");
  EXPECT_EQ(to_string(rate::unlimited()), "unlimited");
  EXPECT_EQ(to_string(rate::paused()), "paused");
}

TEST(ParseSize, KnowsPlainBytesAndUnits) {
  const std::vector<std::pair<std::string, std::uint64_t>> sizes{
      {"0", 0},
      {"2400000000", 2'400'000'000},
      {"600k", 600U * 1024},
      {"2400M", 2400ULL << 20},
      {"3G", 3ULL << 30},
      {"1.5T", 3ULL << 39},
      {"20 GiB", 20ULL << 30},
      {"1000000000000000", 1'000'000'000'000'000},
      {"9223372036854775808", std::uint64_t{1} << 63}};
  for (const auto& [text, bytes] : sizes) {
    const auto parsed = parse_size(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, bytes) << text;
  }
}

TEST(ParseSize, SaysWhyItRefuses) {
  const std::vector<std::pair<std::string, error>> refused{{"", error::size_malformed},
                                                           {"all", error::size_malformed},
                                                           {"-1", error::size_malformed},
                                                           {"1M/s", error::size_malformed},
                                                           {"1mbit", error::size_malformed},
                                                           {"1.", error::size_malformed},
                                                           {"9223372036854775809", error::size_too_large},
                                                           {"8388609T", error::size_too_large},
                                                           {"99999999999999999999", error::size_too_large},
                                                           {"9999999999999999999T", error::size_too_large}};
  for (const auto& [text, why] : refused) {
    const auto parsed = parse_size(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error(), why) << text << ": " << parsed.error().message();
  }
}

}  // namespace
}  // namespace mgc::shaper
