#include "proxy/setting_value.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "proxy/bad_setting.hpp"

namespace mgc::proxy {
namespace {

using testing::AllOf;
using testing::HasSubstr;

using words = std::vector<std::string>;

option an_option(std::string value) {
  option o;
  o.group = "sst";
  o.name = o.written = "name";
  o.value = std::move(value);
  o.file = "/etc/my.cnf";
  o.line = 7;
  return o;
}

template <class Read>
std::string refusal(Read read, std::string value) {
  try {
    read(an_option(std::move(value)));
  } catch (const bad_setting& refused) {
    return refused.what();
  }
  return "nothing was refused";
}

TEST(SettingValue, IsRefusedWithItsPlaceAndWhatIsAllowed) {
  const auto text = refusal([](const option& o) { return read_number(o, 1, 9); }, "10\n");
  EXPECT_EQ(text,
            "[sst] name (/etc/my.cnf, line 7): '10\\x0a' is not allowed; give a whole number from 1 to 9");
}

TEST(SettingValue, MayBeANumber) {
  EXPECT_EQ(read_number(an_option("-1"), -1, 9), -1);
  EXPECT_EQ(read_number(an_option("9"), -1, 9), 9);
  for (const auto* const text : {"", "x", "1x", " 1", "+1", "1.0", "10", "-2", "99999999999999999999"}) {
    EXPECT_THAT(refusal([](const option& o) { return read_number(o, -1, 9); }, text),
                HasSubstr("from -1 to 9"))
        << text;
  }
}

TEST(SettingValue, MayBeASwitch) {
  for (const auto* const text : {"1", "on", "ON", "yes", "True"})
    EXPECT_TRUE(read_switch(an_option(text))) << text;
  for (const auto* const text : {"0", "off", "No", "false"})
    EXPECT_FALSE(read_switch(an_option(text))) << text;
  for (const auto* const text : {"", "2", "maybe"})
    EXPECT_THAT(refusal(read_switch, text), HasSubstr("0 or 1")) << text;
}

TEST(SettingValue, MayBeASize) {
  for (const auto* const text : {"0", "134217728", "512M", "2g", "1T"})
    EXPECT_EQ(read_size(an_option(text)), text);
  for (const auto* const text : {"", "G", "1.5G", "1GB", "1 G", "-1", "$(id)", "99999999999999999999"}) {
    EXPECT_THAT(refusal(read_size, text), HasSubstr("a number of bytes")) << text;
  }
}

TEST(SettingValue, MayBeAPath) {
  const std::vector<std::pair<std::string, std::string>> paths{
      {"/a/b/", "/a/b"},       {"b", "/data/b"}, {"./", "/data"}, {".", "/data"},
      {"../x", "/x"},          {"/", "/"},       {"//", "/"},     {"/a b/\xc3\xa4", "/a b/\xc3\xa4"},
      {"./b//c/", "/data/b/c"}};
  for (const auto& [text, meant] : paths) EXPECT_EQ(read_path(an_option(text), "/data"), meant) << text;
  const auto read = [](const option& o) { return read_path(o, "/data"); };
  EXPECT_THAT(refusal(read, "/a\nb"), HasSubstr("without control characters"));
  EXPECT_THAT(refusal(read, ""), HasSubstr("give a path"));
}

TEST(SettingValue, MayBeWords) {
  const std::vector<std::pair<std::string, words>> lists{
      {"", {}},
      {"  ", {}},
      {"--a", {"--a"}},
      {" --a=1  --b\t2 ", {"--a=1", "--b", "2"}},
      {"--a='x y' \"b c\"d", {"--a=x y", "b cd"}},
      {"'' \"\"", {"", ""}},
      {R"(a\ b \'c 'd\e' "f\"g\h\\")", {"a b", "'c", "d\\e", "f\"g\\h\\"}},
      {"$HOME `id` $(id) ;|&*", {"$HOME", "`id`", "$(id)", ";|&*"}},
      {"a\\", {"a\\"}}};
  for (const auto& [text, meant] : lists) EXPECT_EQ(read_words(an_option(text)), meant) << text;
  for (const auto* const text : {"'", "a 'b", "\"a\\\"", "'a\\"}) {
    EXPECT_THAT(refusal(read_words, text), HasSubstr("a quote is not closed")) << text;
  }
}

}  // namespace
}  // namespace mgc::proxy
