#include "proxy/option_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "proxy/bad_setting.hpp"

namespace mgc::proxy {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<option> options_in(std::string_view text) {
  std::vector<option> options;
  for (auto& item : parse_option_file(text, "my.cnf")) {
    if (auto* const o = std::get_if<option>(&item)) options.push_back(std::move(*o));
  }
  return options;
}

// "name=value" or "name".
std::vector<std::string> shown(const std::vector<option>& options) {
  std::vector<std::string> texts;
  for (const auto& o : options) texts.push_back(o.value ? o.name + "=" + *o.value : o.name);
  return texts;
}

std::string value_of(const std::string& text) {
  return options_in("[g]\nname = " + text).at(0).value.value_or("(none)");
}

std::string refusal(std::string_view text) {
  try {
    parse_option_file(text, "/etc/x.cnf");
  } catch (const bad_setting& refused) {
    return refused.what();
  }
  return "nothing was refused";
}

TEST(OptionFile, HasGroupsOfOptions) {
  const auto options = options_in("# c\n\n; c\n[one]\na=1\n  b = 2 \r\n[two] rest\n\tc\n[one ]\nd=\n");
  EXPECT_THAT(shown(options), ElementsAre("a=1", "b=2", "c", "d="));
  EXPECT_EQ(options[0].group, "one");
  EXPECT_EQ(options[1].line, 6U);
  EXPECT_EQ(options[1].file, "my.cnf");
  EXPECT_EQ(options[2].group, "two");
  EXPECT_FALSE(options[2].value.has_value());
  EXPECT_EQ(options[3].group, "one");
}

TEST(OptionFile, NamesAreTheSameWithEitherDash) {
  const auto options = options_in("[g]\nlog_bin-index=1\nloose_wsrep_on=1\nloose-x\n");
  EXPECT_EQ(options[0].name, "log-bin-index");
  EXPECT_EQ(options[0].written, "log_bin-index");
  EXPECT_FALSE(options[0].loose);
  EXPECT_EQ(options[1].name, "wsrep-on");
  EXPECT_TRUE(options[1].loose);
  EXPECT_EQ(options[2].name, "x");
}

TEST(OptionFile, ValuesMayBeQuotedAndFollowedByAComment) {
  const std::vector<std::pair<std::string, std::string>> values{{"a b  ", "a b"},
                                                                {"a#b", "a"},
                                                                {"a;b ; c", "a;b ; c"},
                                                                {"'a # b' # c", "a # b"},
                                                                {R"("it's"  # c)", "it's"},
                                                                {"'mixed\"", "'mixed\""},
                                                                {"\"a\" b \"c\"", "a\" b \"c"},
                                                                {"\"", "\""},
                                                                {"\"\"", ""},
                                                                {"\"unclosed # x", "\"unclosed # x"},
                                                                {R"("a\" # b" # c)", "a\" # b"},
                                                                {"a=b=c", "a=b=c"},
                                                                {"!x", "!x"}};
  for (const auto& [text, meant] : values) EXPECT_EQ(value_of(text), meant) << text;
}

TEST(OptionFile, ValuesMayHoldEscapes) {
  const std::vector<std::pair<std::string, std::string>> values{{R"(a\tb\nc\rd\be\sf)", "a\tb\nc\rd\be f"},
                                                                {R"(a\\b)", R"(a\b)"},
                                                                {R"(\q\0\x)", R"(\q\0\x)"},
                                                                {R"(a\)", R"(a\)"},
                                                                {R"(\"a\')", "\"a'"},
                                                                {R"("a\sb")", "a b"}};
  for (const auto& [text, meant] : values) EXPECT_EQ(value_of(text), meant) << text;
}

TEST(OptionFile, ALineEndsAtANulByte) {
  EXPECT_THAT(shown(options_in(std::string_view{"[g]\na=1\0b\nc=2\0", 14})), ElementsAre("a=1", "c=2"));
}

TEST(OptionFile, IncludesKeepTheirPlace) {
  const auto items =
      parse_option_file("!include /a b.cnf \n[g]\nx=1\n ! includedir /d/ \ny=2\n!other /z\n", "f");
  ASSERT_EQ(items.size(), 4U);
  const auto first = std::get<include_directive>(items[0]);
  EXPECT_EQ(first.path, "/a b.cnf");
  EXPECT_FALSE(first.directory);
  const auto second = std::get<include_directive>(items[2]);
  EXPECT_EQ(second.path, "/d/");
  EXPECT_TRUE(second.directory);
  EXPECT_EQ(second.line, 4U);
  EXPECT_EQ(std::get<option>(items[3]).group, "g");
}

TEST(OptionFile, TellsWhichLineIsWrong) {
  EXPECT_THAT(refusal("# c\nx=1\n[g]\n"),
              AllOf(HasSubstr("/etc/x.cnf, line 2"), HasSubstr("before the first [group]")));
  EXPECT_THAT(refusal("[g]\na=1\n[h\n"), AllOf(HasSubstr("line 3"), HasSubstr("']'")));
  EXPECT_THAT(refusal("!include\n"), AllOf(HasSubstr("line 1"), HasSubstr("!include needs a path")));
  EXPECT_THAT(refusal("!includedir \n"), HasSubstr("!includedir needs a path"));
  EXPECT_THAT(refusal("\xef\xbb\xbf[g]\n"), HasSubstr("line 1"));
}

TEST(OptionView, LetsTheLastSettingWin) {
  const auto options = options_in("[a]\nx=1\n[b]\nx=2\n[a]\nx=3\ny=1\n[c]\ny=2\n");
  const option_view a{options, {"a"}, ""};
  EXPECT_EQ(a.find("x")->value, "3");
  EXPECT_EQ(a.find("y")->value, "1");
  EXPECT_FALSE(a.find("z"));
  EXPECT_EQ((option_view{options, {"c", "a"}, ""}.find("y")->value), "2");
  EXPECT_EQ((option_view{options, {"b"}, ""}.find("x")->line), 4U);
}

TEST(OptionView, ReadsAGroupAlsoWithItsSuffix) {
  const auto options = options_in("[mgc]\nx=1\n[mgc1]\nx=2\n[mgc2]\nx=3\n");
  EXPECT_EQ((option_view{options, {"mgc"}, "1"}.find("x")->value), "2");
  EXPECT_EQ((option_view{options, {"mgc"}, ""}.find("x")->value), "1");
}

TEST(OptionView, KnowsThePrefixesThatSwitch) {
  const auto options = options_in("[g]\na=1\nskip_a\nb=1\ndisable-b=5\nc=0\nenable-c\nskip-name-resolve\n");
  const option_view view{options, {"g"}, ""};
  EXPECT_EQ(view.find("a")->value, "0");
  EXPECT_EQ(view.find("b")->value, "0");
  EXPECT_EQ(view.find("c")->value, "1");
  EXPECT_FALSE(view.find("skip-name-resolve")->value.has_value());
  EXPECT_FALSE(view.find("resolve"));
}

TEST(CommandLine, OfAServerIsReadAsOptions) {
  const std::vector<std::string> words{
      "--wsrep_start_position=x:1", "--tmpdir", "/t", "-h", "/d", "--flag", "--loose-a_b=c=d", "--", "--x=1"};
  const auto options = options_of_command_line(words);
  EXPECT_THAT(shown(options), ElementsAre("wsrep-start-position=x:1", "tmpdir=/t", "flag", "a-b=c=d"));
  EXPECT_THAT(options[0].group, IsEmpty());
  EXPECT_TRUE(options[3].loose);
  EXPECT_EQ(describe(options[1]), "--tmpdir of the server's command line");
}

TEST(Option, IsDescribedAsItStandsThere) {
  EXPECT_EQ(describe(options_in("\n[mgc]\ntransfer_limit=1\n").at(0)),
            "[mgc] transfer_limit (my.cnf, line 3)");
  EXPECT_THAT(describe(options_in("[mgc]\nx\x1b[2J=1\n").at(0)), HasSubstr("x\\x1b[2J"));
}

}  // namespace
}  // namespace mgc::proxy
