#include "orchestrator/server/text_lines.hpp"

#include <gmock/gmock.h>

namespace mgc::orchestrator {
namespace {

using testing::ElementsAre;

TEST(TextLines, AreTrimmed) {
  EXPECT_THAT(lines_of("a \r\n\n\tb"), ElementsAre("a", "", "b"));
  EXPECT_THAT(lines_of(""), ElementsAre());
  EXPECT_THAT(words_of("  a\tb  c "), ElementsAre("a", "b", "c"));
  EXPECT_THAT(words_of(" "), ElementsAre());
}

TEST(TextLines, LastOnesAreFitForALog) {
  EXPECT_EQ(last_lines("one\ntwo\n\nthree\x1b[1m\n", 2), "\n  two\n  three\\x1b[1m");
  EXPECT_EQ(last_lines("one", 5), "\n  one");
  EXPECT_EQ(last_lines("\n", 5), "");
}

}  // namespace
}  // namespace mgc::orchestrator
