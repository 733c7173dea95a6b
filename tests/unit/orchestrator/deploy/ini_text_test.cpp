#include "orchestrator/deploy/ini_text.hpp"

#include <gmock/gmock.h>

#include "tests/unit/random_source.hpp"

namespace mgc::orchestrator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string value_of(const std::string& line) {
  const auto file = parse_ini("[s]\n" + line + "\n", "f");
  return file.entries.size() == 1 && file.problems.empty() ? file.entries[0].value : "none";
}

std::string problem_of(const std::string& text) {
  const auto file = parse_ini(text, "f");
  return file.problems.size() == 1 ? file.problems[0] : std::to_string(file.problems.size()) + " problems";
}

TEST(IniText, HasKeysInSectionsWithTheirLines) {
  const auto file = parse_ini("\n[global]\nCluster_Name=demo\n\n[custom]\nmy_port : 3310\n", "f");
  ASSERT_EQ(file.entries.size(), 2U);
  EXPECT_EQ(file.entries[0].section, "global");
  EXPECT_EQ(file.entries[0].key, "cluster_name");
  EXPECT_EQ(file.entries[0].value, "demo");
  EXPECT_EQ(file.entries[0].line, 3U);
  EXPECT_EQ(file.entries[1].section, "custom");
  EXPECT_EQ(file.entries[1].value, "3310");
  EXPECT_THAT(file.problems, IsEmpty());
}

TEST(IniText, LeavesOutComments) {
  EXPECT_THAT(parse_ini("# a\n; b\n[s] # c\n   # d\n", "f").problems, IsEmpty());
  EXPECT_EQ(value_of("memory=512  #512M"), "512");
  EXPECT_EQ(value_of("interface=eth0 # 网卡"), "eth0");
  EXPECT_EQ(value_of("a=b ; c"), "b");
  EXPECT_EQ(value_of("a= # nothing"), "");
}

TEST(IniText, TakesForACommentOnlyWhatHasABlankInFront) {
  EXPECT_EQ(value_of("a=b#c"), "b#c");
  EXPECT_EQ(value_of("a=#c"), "#c");
  EXPECT_EQ(value_of("a=b;c"), "b;c");
}

TEST(IniText, TakesOffOnePairOfQuotes) {
  EXPECT_EQ(value_of("a=\"demopass\""), "demopass");
  EXPECT_EQ(value_of("a = 'x # y' # z"), "x # y");
  EXPECT_EQ(value_of("a=''"), "");
  EXPECT_EQ(value_of("a=\"it's\""), "it's");
  EXPECT_EQ(value_of("a=b\"c\""), "b\"c\"");
}

TEST(IniText, TakesPercentAndFurtherSeparatorsForThemselves) {
  EXPECT_EQ(value_of("mysql_user_host=%"), "%");
  EXPECT_EQ(value_of("a=%(b)s"), "%(b)s");
  EXPECT_EQ(value_of("wsrep_provider_options=gcache.size=1G"), "gcache.size=1G");
  EXPECT_EQ(value_of("docker1=tcp://h:1"), "tcp://h:1");
}

TEST(IniText, ComesFromWindowsToo) {
  const auto file = parse_ini("\xEF\xBB\xBF[s]\r\na=b\r\n", "f");
  ASSERT_EQ(file.entries.size(), 1U);
  EXPECT_EQ(file.entries[0].value, "b");
}

TEST(IniText, NamesTheLinesOfAllThatIsWrong) {
  EXPECT_EQ(problem_of("a=b\n"), "f, line 1: a is in no section; put [global] above it");
  EXPECT_EQ(problem_of("[s]\na=1\nA=2\n"), "f, line 3: a was given in line 2 already");
  EXPECT_THAT(problem_of("[s]\na=\"b\n"), HasSubstr("f, line 2: the value of a begins with a quote"));
  EXPECT_THAT(problem_of("[s]\na=\"b\"c\n"), HasSubstr("f, line 2: the value of a begins with a quote"));
  EXPECT_THAT(problem_of("[s]\na=b\n c\n"), HasSubstr("f, line 3: begins with a blank"));
  EXPECT_THAT(problem_of("[s]\nsecret\n"), HasSubstr("f, line 2: is none of key=value"));
  EXPECT_THAT(problem_of("[s\n"), HasSubstr("f, line 1: a section is written"));
  EXPECT_THAT(problem_of("[s]\na=\xFF\n"), HasSubstr("f, line 2: a is not UTF-8"));
  EXPECT_THAT(problem_of(std::string{"[s]\na=\0\n", 8}), HasSubstr("NUL"));
  EXPECT_EQ(parse_ini("x\ny\nz\n", "f").problems.size(), 3U);
}

TEST(IniText, NeverShowsAValue) {
  EXPECT_THAT(problem_of("[s]\nmysql_root_password s3cret=word\n"), testing::Not(HasSubstr("s3cret")));
  for (const auto* const text : {"pw=hush\n", "[s]\npw=\"hush\n", "[s]\nhush\n", "[s]\npw=1\npw=hush\n"})
    EXPECT_THAT(problem_of(text), testing::Not(HasSubstr("hush"))) << text;
}

TEST(IniText, ReadsBackWhatStandsInQuotes) {
  test::random_source random;
  constexpr std::string_view letters = "ab =:#;[]%\\'\t";
  for (int round = 0; round < 1000; ++round) {
    std::string text;
    while (random.between(0, 12) != 0) text += letters[random.between(0, letters.size() - 1)];
    EXPECT_EQ(value_of("k=\"" + text + "\""), text);
  }
}

}  // namespace
}  // namespace mgc::orchestrator
