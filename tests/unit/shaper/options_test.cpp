#include "shaper/options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mgc::shaper {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

using words = std::vector<const char*>;

auto parse(words given) {
  given.insert(given.begin(), "mgc-shaper");
  return parse_options(static_cast<int>(given.size()), given.data());
}

program_options understood(const words& given) {
  const auto parsed = parse(given);
  if (const auto* const left = std::get_if<early_exit>(&parsed)) ADD_FAILURE() << left->text;
  return std::get<program_options>(parsed);
}

// What a wrong command line is answered with.
std::string complaint(const words& given) {
  const auto parsed = parse(given);
  const auto* const left = std::get_if<early_exit>(&parsed);
  if (left == nullptr) return "understood";
  EXPECT_EQ(left->code, 2);
  EXPECT_THAT(left->text, StartsWith("mgc-shaper: "));
  return left->text;
}

TEST(Options, LimitIsEnoughForAPipe) {
  const auto options = understood({"--limit", "6000"});
  EXPECT_EQ(options.limit, rate::kilobytes_per_second(6000));
  EXPECT_EQ(options.budget_file, "");
  EXPECT_EQ(options.total, 0U);
  EXPECT_EQ(options.progress, progress_mode::automatic);
  EXPECT_EQ(options.idle_timeout, 0s);
  EXPECT_FALSE(options.relay);
}

TEST(Options, UnderstandsEverythingThatAPipeCanHave) {
  const auto options = understood({"--limit=50M", "--budget", "/run/b", "--size", "2400M", "--progress",
                                   "always", "--status-json", "/run/s", "--idle-timeout", "30"});
  EXPECT_EQ(options.limit, rate::bytes_per_second(50 << 20));
  EXPECT_EQ(options.budget_file, "/run/b");
  EXPECT_EQ(options.total, std::uint64_t{2400} << 20);
  EXPECT_EQ(options.progress, progress_mode::always);
  EXPECT_EQ(options.status_file, "/run/s");
  EXPECT_EQ(options.idle_timeout, 30s);
}

TEST(Options, UnderstandsEverythingThatARelayCanHave) {
  const auto options =
      understood({"--limit", "6000", "--listen", "192.0.2.2:4444", "--connect", "[2001:db8::1]:14444",
                  "--direction", "up", "--once", "--size", "1G", "--drain", "7", "--idle-timeout", "9"});
  ASSERT_TRUE(options.relay);
  EXPECT_EQ(options.relay->listen, (endpoint{"192.0.2.2", 4444}));
  EXPECT_EQ(options.relay->connect, (endpoint{"2001:db8::1", 14444}));
  EXPECT_EQ(options.relay->which, shaped::up);
  EXPECT_TRUE(options.relay->once);
  EXPECT_EQ(options.relay->total, std::uint64_t{1} << 30);
  EXPECT_EQ(options.relay->drain, 7s);
  EXPECT_EQ(options.relay->idle_timeout, 9s);
}

TEST(Options, LimitsBothDirectionsUnlessTold) {
  EXPECT_EQ(understood({"--limit", "1", "--listen", "a:1", "--connect", "b:2"}).relay->which, shaped::both);
}

TEST(Options, LetsAnExistingBudgetSayTheLimit) {
  EXPECT_FALSE(understood({"--budget", "/run/b"}).limit);
  EXPECT_EQ(understood({"--budget", "/run/b", "--limit", "unlimited"}).limit, rate::unlimited());
}

TEST(Options, SetLimitOnlyChangesABudget) {
  const auto parsed = parse({"--budget", "/run/b", "--set-limit", "20000"});
  ASSERT_TRUE(std::holds_alternative<limit_change>(parsed));
  EXPECT_EQ(std::get<limit_change>(parsed).budget_file, "/run/b");
  EXPECT_EQ(std::get<limit_change>(parsed).limit, rate::kilobytes_per_second(20000));
  const auto pause = parse({"--set-limit", "pause", "--budget", "/run/b"});
  EXPECT_EQ(std::get<limit_change>(pause).limit, rate::paused());
}

struct wrong_line {
  words given;
  std::vector<std::string> said;  // the option, the value, what is allowed
};

void PrintTo(const wrong_line& line, std::ostream* out) {
  for (const auto* const word : line.given) *out << word << " ";
}

struct WrongOptions : testing::TestWithParam<wrong_line> {};

TEST_P(WrongOptions, AreRefusedWithTheOptionTheValueAndWhatIsAllowed) {
  const auto text = complaint(GetParam().given);
  for (const auto& part : GetParam().said) EXPECT_THAT(text, HasSubstr(part));
  EXPECT_THAT(text, HasSubstr("--help"));
}

INSTANTIATE_TEST_SUITE_P(
    Options, WrongOptions,
    testing::Values(
        wrong_line{{}, {"--limit", "required", "unlimited"}}, wrong_line{{"--limit"}, {"--limit"}},
        wrong_line{{"--limit", "abc"}, {"--limit 'abc'", "not a rate", "6000"}},
        wrong_line{{"--limit", "0k"}, {"--limit '0k'", "least is 1 KB/s"}},
        wrong_line{{"--limit", "-5"}, {"--limit '-5'", "negative"}},
        wrong_line{{"--limit=-5M"}, {"--limit '-5M'", "negative"}},
        wrong_line{{"--limit", "999999999999999999999999"},
                   {"--limit '999999999999999999999999'", "highest"}},
        wrong_line{{"--limit", "pause"}, {"--limit 'pause'", "not a rate"}},
        wrong_line{{"--limit", "1", "--limit", "2"}, {"--limit"}},
        wrong_line{{"--limit", ""}, {"--limit ''", "empty"}}, wrong_line{{"--limit="}, {"--limit"}},
        wrong_line{{"--limit", "6000", "--budget", ""}, {"--budget ''", "empty"}},
        wrong_line{{"--limit", "6000", "--listen", "", "--connect", ""}, {"--listen ''", "empty"}},
        wrong_line{{"--budget", "/run/b", "--set-limit", ""}, {"--set-limit ''", "empty"}},
        wrong_line{{"--set-limit", "6000"}, {"--set-limit", "--budget FILE"}},
        wrong_line{{"--budget", "b", "--set-limit", "fast"}, {"--set-limit 'fast'", "not a rate"}},
        wrong_line{{"--budget", "b", "--set-limit", "-3"}, {"--set-limit '-3'", "negative"}},
        wrong_line{{"--budget", "b", "--set-limit", "1", "--limit", "2"}, {"--limit", "--set-limit"}},
        wrong_line{{"--budget", "b", "--set-limit", "1", "--once"}, {"--once", "--set-limit"}},
        wrong_line{{"--budget", "b", "--set-limit", "1", "--listen", "a:1"}, {"--listen", "--set-limit"}},
        wrong_line{{"--limit", "1", "--size", "big"}, {"--size 'big'", "not a size"}},
        wrong_line{{"--limit", "1", "--size", "-1"}, {"--size '-1'", "not a size"}},
        wrong_line{{"--limit", "1", "--size", "9999999T"}, {"--size '9999999T'", "8 EiB"}},
        wrong_line{{"--limit", "1", "--progress", "sometimes"},
                   {"--progress 'sometimes'", "auto, always, never"}},
        wrong_line{{"--limit", "1", "--idle-timeout", "soon"}, {"--idle-timeout 'soon'", "seconds"}},
        wrong_line{{"--limit", "1", "--idle-timeout", "-1"}, {"--idle-timeout '-1'", "seconds"}},
        wrong_line{{"--limit", "1", "--idle-timeout", "99999999999"},
                   {"--idle-timeout '99999999999'", "seconds"}},
        wrong_line{{"--limit", "1", "--idle-timeout", "1.5"}, {"--idle-timeout '1.5'", "seconds"}},
        wrong_line{{"--limit", "1", "--listen", "a:1"}, {"--listen", "--connect"}},
        wrong_line{{"--limit", "1", "--connect", "a:1"}, {"--connect", "--listen"}},
        wrong_line{{"--limit", "1", "--listen", "a", "--connect", "b:1"}, {"--listen 'a'", "HOST:PORT"}},
        wrong_line{{"--limit", "1", "--listen", "a:1", "--connect", "::1:1"}, {"--connect '::1:1'", "["}},
        wrong_line{{"--limit", "1", "--listen", "a:1", "--connect", "b:70000"},
                   {"--connect 'b:70000'", "65535"}},
        wrong_line{{"--limit", "1", "--listen", "a:1", "--connect", "b:0"}, {"--connect 'b:0'", "port 0"}},
        wrong_line{{"--limit", "1", "--listen", "a:1", "--connect", "b:2", "--direction", "left"},
                   {"--direction 'left'", "up, down, both"}},
        wrong_line{{"--limit", "1", "--listen", "a:1", "--connect", "b:2", "--drain", "x"},
                   {"--drain 'x'", "seconds"}},
        wrong_line{{"--limit", "1", "--listen", "a:1", "--connect", "b:2", "--size", "1G"},
                   {"--size", "--once"}},
        wrong_line{{"--limit", "1", "--once"}, {"--once", "--listen"}},
        wrong_line{{"--limit", "1", "--drain", "3"}, {"--drain", "--listen"}},
        wrong_line{{"--limit", "1", "--direction", "up"}, {"--direction", "--listen"}},
        wrong_line{{"--limit", "1", "--listen", "a:1", "--connect", "b:2", "--once=no"}, {"once"}},
        wrong_line{{"--limit", "1", "--listen", "a:1", "--connect", "b:2", "--once", "-1"}, {"once"}},
        wrong_line{{"--limit", "1", "--fast"}, {"--fast"}},
        wrong_line{{"--limit", "1", "dump.sql"}, {"dump.sql"}}, wrong_line{{"--lim", "1"}, {"--lim"}}));

TEST(Options, HelpTellsUnitsExamplesAndExitCodes) {
  const auto parsed = parse({"--help"});
  const auto& help = std::get<early_exit>(parsed);
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.text, AllOf(HasSubstr("1 KB is 1024 bytes"), HasSubstr("Examples:"),
                               HasSubstr("Exit codes: 0"), HasSubstr("mgc-shaper --limit 6000")));
}

TEST(Options, HelpAndVersionNeedNoLimit) {
  const auto parsed = parse({"--version"});
  EXPECT_EQ(std::get<early_exit>(parsed).code, 0);
  EXPECT_THAT(std::get<early_exit>(parsed).text, StartsWith("mgc-shaper "));
}

// Every example in --help must be one that works.
TEST(Options, UnderstandsTheExamplesOfItsHelp) {
  EXPECT_EQ(understood({"--limit", "50M", "--size", "20G"}).total, std::uint64_t{20} << 30);
  EXPECT_TRUE(
      understood({"--limit", "6000", "--listen", "192.0.2.2:4444", "--connect", "127.0.0.1:14444"}).relay);
  EXPECT_EQ(understood({"--limit", "6000", "--budget", "/run/mgc.budget"}).budget_file, "/run/mgc.budget");
  const auto change = parse({"--budget", "/run/mgc.budget", "--set-limit", "20000"});
  EXPECT_TRUE(std::holds_alternative<limit_change>(change));
}

}  // namespace
}  // namespace mgc::shaper
