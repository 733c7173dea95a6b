#include "proxy/log_text.hpp"

#include <gtest/gtest.h>

namespace mgc::proxy {
namespace {

TEST(LogText, LeavesLettersOfAnyLanguage) {
  EXPECT_EQ(for_log("db/t 1.ibd"), "db/t 1.ibd");
  EXPECT_EQ(for_log("Bücher/表.ibd"), "Bücher/表.ibd");
}

TEST(LogText, HasNoControlCharacters) {
  EXPECT_EQ(for_log("a\nb\tc\x7f"), "a\\x0ab\\x09c\\x7f");
  EXPECT_EQ(for_log("\033[2J"), "\\x1b[2J");
  EXPECT_EQ(for_log(std::string_view{"\0x", 2}), "\\x00x");
  EXPECT_EQ(for_log("\xc2\x9b"
                    "2J"),
            "\\xc2\\x9b2J");
  EXPECT_EQ(for_log("\xc2\xa0"), "\xc2\xa0");
}

TEST(LogText, CannotBeForged) { EXPECT_EQ(for_log("\\x0a"), "\\x5cx0a"); }

TEST(LogText, IsCutBetweenCharactersItWrote) {
  EXPECT_EQ(for_log("abcdef", 6), "abcdef");
  EXPECT_EQ(for_log("abcdefg", 6), "abcdef...");
  EXPECT_EQ(for_log("abcd\n", 6), "abcd...");
}

}  // namespace
}  // namespace mgc::proxy
