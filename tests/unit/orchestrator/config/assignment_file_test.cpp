#include "orchestrator/config/assignment_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mgc::orchestrator {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> shown(const assignment_file& file) {
  std::vector<std::string> lines;
  for (const auto& a : file.assignments) lines.push_back(a.name + (a.value ? "=" + *a.value : " unset"));
  return lines;
}

std::vector<std::string> read(std::string_view text) {
  const auto file = parse_assignments(text, "custom.cfg");
  EXPECT_THAT(file.problems, IsEmpty()) << text;
  return shown(file);
}

std::vector<std::string> problems(std::string_view text) {
  return parse_assignments(text, "custom.cfg").problems;
}

TEST(AssignmentFile, ReadsAssignmentsInTheirOrder) {
  EXPECT_THAT(read("a=1\nexport b=2\n\n# a comment\n  unset c d\r\na=3"),
              ElementsAre("a=1", "b=2", "c unset", "d unset", "a=3"));
  EXPECT_THAT(read(""), IsEmpty());
}

TEST(AssignmentFile, TakesValuesAsAShellWouldTakeThem) {
  EXPECT_THAT(read("a='SET NAMES utf8'"), ElementsAre("a=SET NAMES utf8"));
  EXPECT_THAT(read("a=\"b \\\"c\\\" \\\\ \\d\""), ElementsAre("a=b \"c\" \\ \\d"));
  EXPECT_THAT(read("a=b\\ c"), ElementsAre("a=b c"));
  EXPECT_THAT(read("a='it'\\''s'"), ElementsAre("a=it's"));
  EXPECT_THAT(read("a=b=c@d#e"), ElementsAre("a=b=c@d#e"));
  EXPECT_THAT(read("a='b' # comment"), ElementsAre("a=b"));
  EXPECT_THAT(read("a="), ElementsAre("a="));
}

TEST(AssignmentFile, ExecutesNothing) {
  for (const auto* const text : {"a=1; rm b", "a=$(rm b)", "a=1 && b", "if true", "rm -rf /", "a = 1",
                                 "a=1 b=2", "source x", "9a=1", "export", "unset $x", "a=<x", "=1"}) {
    EXPECT_THAT(problems(text), ElementsAre(HasSubstr("custom.cfg, line 1: "))) << text;
  }
}

TEST(AssignmentFile, NamesEveryBadLineAndNoValue) {
  EXPECT_THAT(problems("a='secret\nb=1\nc=secret more\n"),
              ElementsAre(AllOf(HasSubstr("line 1: a: a quote is not closed"), Not(HasSubstr("secret"))),
                          AllOf(HasSubstr("line 3: c: "), Not(HasSubstr("secret")))));
}

TEST(AssignmentFile, LeavesDollarsAloneAndWarns) {
  for (const auto* const text : {"a=$HOME", "a=\"${HOME}\"", "a=\"`date`\""}) {
    EXPECT_THAT(parse_assignments(text, "custom.cfg").warnings, ElementsAre(HasSubstr("line 1: a: ")))
        << text;
  }
  EXPECT_THAT(read("a=$HOME"), ElementsAre("a=$HOME"));
  for (const auto* const text : {"a='$HOME'", "a=\\$HOME", "a=5$", "a=$5"}) {
    EXPECT_THAT(parse_assignments(text, "custom.cfg").warnings, IsEmpty()) << text;
  }
}

}  // namespace
}  // namespace mgc::orchestrator
