#include "shaper/progress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/unit/random_source.hpp"

namespace mgc::shaper {
namespace {

using namespace std::chrono_literals;
using testing::DoubleNear;
using testing::HasSubstr;
using testing::Not;

constexpr time_point start{24h};
constexpr std::uint64_t mebibyte = 1024 * 1024;
constexpr auto limit = rate::kilobytes_per_second(6000);

transfer_figures figures(std::uint64_t bytes, holder h = holder::nothing, duration waited = 0s) {
  transfer_figures f;
  f.bytes = bytes;
  f.waited[static_cast<std::size_t>(h)] = waited;
  return f;
}

// An hour into 2400 MB at 6000 KB/s, held back by the limit.
progress in_the_middle() {
  progress p;
  p.bytes = 600 * mebibyte;
  p.total = 2400 * mebibyte;
  p.elapsed = 1h;
  p.bytes_per_second = 6'144'000;
  p.average_bytes_per_second = 174'762;
  p.limit = limit;
  p.held_by = holder::tokens;
  p.waited[static_cast<std::size_t>(holder::tokens)] = 59min;
  return p;
}

TEST(ProgressMeter, MeasuresTheSpeedOfTheLastSecond) {
  progress_meter meter{start, 0};
  progress p;
  for (int i = 1; i <= 50; ++i)
    p = meter.measure(figures(1000U * static_cast<std::uint64_t>(i)), limit, start + i * 100ms);
  EXPECT_THAT(p.bytes_per_second, DoubleNear(10'000, 1));
  for (int i = 1; i <= 10; ++i) p = meter.measure(figures(50'000), limit, start + 5s + i * 100ms);
  EXPECT_EQ(p.bytes_per_second, 0);
  EXPECT_THAT(p.average_bytes_per_second, DoubleNear(50'000 / 6.0, 1));
  EXPECT_EQ(p.elapsed, 6s);
}

TEST(ProgressMeter, MeasuresFromTheStartDuringTheFirstSecond) {
  progress_meter meter{start, 0};
  EXPECT_THAT(meter.measure(figures(3000), limit, start + 300ms).bytes_per_second, DoubleNear(10'000, 1));
  EXPECT_THAT(meter.measure(figures(6000), limit, start + 600ms).bytes_per_second, DoubleNear(10'000, 1));
}

TEST(ProgressMeter, MeasuresSinceTheLastLookWhenThatWasLongAgo) {
  progress_meter meter{start, 0};
  (void)meter.measure(figures(0), limit, start + 1s);
  EXPECT_THAT(meter.measure(figures(50'000), limit, start + 6s).bytes_per_second, DoubleNear(10'000, 1));
}

TEST(ProgressMeter, SaysWhatMostOfTheLastSecondWasSpentOn) {
  progress_meter meter{start, 0};
  EXPECT_EQ(meter.measure(figures(0, holder::sink, 900ms), limit, start + 1s).held_by, holder::sink);
  auto later = figures(0, holder::sink, 900ms);
  later.waited[static_cast<std::size_t>(holder::tokens)] = 800ms;
  EXPECT_EQ(meter.measure(later, limit, start + 2s).held_by, holder::tokens);
  EXPECT_EQ(meter.measure(later, limit, start + 3s).held_by, holder::nothing) << "it ran freely";
}

// Two directions that share a record can both have waited for most of the time.
TEST(ProgressMeter, NamesTheLongerOfTwoWaits) {
  progress_meter meter{start, 0};
  auto f = figures(0, holder::tokens, 950ms);
  f.waited[static_cast<std::size_t>(holder::sink)] = 600ms;
  EXPECT_EQ(meter.measure(f, limit, start + 1s).held_by, holder::tokens);
}

TEST(ProgressMeter, StaysFiniteWhenNoTimeHasPassed) {
  progress_meter meter{start, 100};
  const auto p = meter.measure(figures(0), limit, start);
  EXPECT_EQ(p.bytes_per_second, 0);
  EXPECT_EQ(p.average_bytes_per_second, 0);
  EXPECT_FALSE(p.remaining());
}

TEST(ProgressMeter, SurvivesBytesThatGoBack) {
  progress_meter meter{start, 0};
  (void)meter.measure(figures(5000), limit, start + 1s);
  EXPECT_EQ(meter.measure(figures(10), limit, start + 2s).bytes_per_second, 0);
}

TEST(Progress, KnowsPercentAndRemainingTimeOfAKnownTotal) {
  const auto p = in_the_middle();
  EXPECT_THAT(p.percent().value(), DoubleNear(25, 0.01));
  EXPECT_EQ(std::chrono::round<std::chrono::seconds>(p.remaining().value()), 307s);
}

TEST(Progress, DoesNotGuessWhatItCannotKnow) {
  auto p = in_the_middle();
  p.bytes_per_second = 0;
  EXPECT_FALSE(p.remaining()) << "standing still";
  p = in_the_middle();
  p.total = 0;
  EXPECT_FALSE(p.percent());
  EXPECT_FALSE(p.remaining());
}

TEST(Progress, NeverExceedsTheTotalThatWasPromised) {
  auto p = in_the_middle();
  p.bytes = 3 * p.total;
  EXPECT_EQ(p.percent(), 100.0);
  EXPECT_EQ(p.remaining(), duration{0});
}

TEST(FormatBytes, KeepsThreeOrFourDigits) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(9999), "9999 B");
  EXPECT_EQ(format_bytes(6000 * 1024), "6000 KiB");
  EXPECT_EQ(format_bytes(10240), "10.00 KiB");
  EXPECT_EQ(format_bytes(20.0 * mebibyte), "20.00 MiB");
  EXPECT_EQ(format_bytes(1.5 * 1024 * 1024 * mebibyte), "1536 GiB");
  EXPECT_EQ(format_bytes(18446744073709551615.0), "16384 PiB");
}

TEST(FormatTime, IsAsLongAsItMustBe) {
  EXPECT_EQ(format_time(0ns), "0:00");
  EXPECT_EQ(format_time(1999ms), "0:01");
  EXPECT_EQ(format_time(62s), "1:02");
  EXPECT_EQ(format_time(1h + 2min + 3s), "1:02:03");
  EXPECT_EQ(format_time(100h), "100:00:00");
}

TEST(ProgressBar, TellsHowFarHowFastHowLongAndWhy) {
  const auto text = progress_bar(in_the_middle(), 120);
  for (const auto* const part : {"600.00 MiB of 2400 MiB", "25.0%", "6000 KiB/s", "1:00:00", "ETA 5:07",
                                 "held back by the limit", "[=====", "=>  "}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(ProgressBar, DrawsNoBarWithoutATotal) {
  auto p = in_the_middle();
  p.total = 0;
  EXPECT_EQ(progress_bar(p, 120), "600.00 MiB 6000 KiB/s 1:00:00, held back by the limit");
}

TEST(ProgressBar, IsFullAtTheEnd) {
  auto p = in_the_middle();
  p.bytes = p.total;
  EXPECT_THAT(progress_bar(p, 120), HasSubstr("=]"));
  EXPECT_THAT(progress_bar(p, 120), Not(HasSubstr(">")));
}

TEST(ProgressBar, FitsAnyTerminalAndStaysOnOneLine) {
  test::random_source random;
  for (int i = 0; i < 2000; ++i) {
    progress p = in_the_middle();
    p.bytes = random.magnitude_between(1, ~0ULL);
    p.total = random.one_in(3) ? 0 : random.magnitude_between(1, ~0ULL);
    p.bytes_per_second = static_cast<double>(random.magnitude_between(1, ~0ULL)) / 1e3;
    p.elapsed = duration{random.magnitude_between(1, 1ULL << 60)};
    p.held_by = static_cast<holder>(random.between(0, holder_count - 1));
    const auto width = random.between(0, 250);
    const auto text = progress_bar(p, width);
    ASSERT_LE(text.size(), width);
    ASSERT_EQ(text.find('[') == std::string::npos, text.find(']') == std::string::npos) << "half a bar";
    ASSERT_TRUE(std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; })) << text;
  }
}

TEST(ProgressLine, TellsTheSameForALog) {
  EXPECT_EQ(progress_line(in_the_middle()),
            "600.00 MiB of 2400 MiB in 1:00:00, 6000 KiB/s (average 170.67 KiB/s), limit 6000 KB/s, 25.0%, "
            "ETA 5:07, "
            "held back by the limit");
}

TEST(ProgressJson, HasEveryKeyThatIsDocumented) {
  const auto status = boost::json::parse(progress_json(in_the_middle(), "running", "")).as_object();
  EXPECT_EQ(status.at("state"), "running");
  EXPECT_TRUE(status.at("error").is_null());
  EXPECT_EQ(status.at("bytes").to_number<std::uint64_t>(), 600 * mebibyte);
  EXPECT_EQ(status.at("total_bytes").to_number<std::uint64_t>(), 2400 * mebibyte);
  EXPECT_THAT(status.at("percent").to_number<double>(), DoubleNear(25, 0.01));
  EXPECT_EQ(status.at("seconds").to_number<double>(), 3600);
  EXPECT_THAT(status.at("remaining_seconds").to_number<double>(), DoubleNear(307.2, 0.01));
  EXPECT_EQ(status.at("bytes_per_second").to_number<double>(), 6'144'000);
  EXPECT_EQ(status.at("average_bytes_per_second").to_number<double>(), 174'762);
  EXPECT_EQ(status.at("limit_bytes_per_second").to_number<std::uint64_t>(), 6'144'000U);
  EXPECT_EQ(status.at("held_back_by"), "tokens");
  EXPECT_EQ(status.at("waited_seconds"),
            (boost::json::object{{"tokens", 3540.0}, {"source", 0.0}, {"sink", 0.0}, {"pause", 0.0}}));
  EXPECT_EQ(status.size(), 12U);
}

TEST(ProgressJson, SaysNullForWhatIsUnknown) {
  progress p;
  p.limit = rate::unlimited();
  const auto status = boost::json::parse(progress_json(p, "running", "")).as_object();
  for (const auto* const key :
       {"error", "total_bytes", "percent", "remaining_seconds", "limit_bytes_per_second", "held_back_by"}) {
    EXPECT_TRUE(status.at(key).is_null()) << key;
  }
  p.limit = rate::paused();
  EXPECT_EQ(boost::json::parse(progress_json(p, "running", "")).at("limit_bytes_per_second").to_number<int>(),
            0);
}

TEST(ProgressJson, IsOneLineWhateverTheErrorSays) {
  const auto text = progress_json(in_the_middle(), "failed", "\"quotes\"\nand\tlines");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_EQ(boost::json::parse(text).at("error"), "\"quotes\"\nand\tlines");
}

}  // namespace
}  // namespace mgc::shaper
