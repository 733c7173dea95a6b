#include "orchestrator/server/init_script.hpp"

#include <gtest/gtest.h>

namespace mgc::orchestrator {
namespace {

TEST(InitScript, IsWhatItsNameEndsWith) {
  EXPECT_TRUE(std::holds_alternative<shell_script>(script_of("10-a.sh")));
  EXPECT_EQ(std::get<sql_script>(script_of("a.sql")).decompressor, "");
  EXPECT_EQ(std::get<sql_script>(script_of("a.sql.gz")).decompressor, "gzip");
  EXPECT_EQ(std::get<sql_script>(script_of("a.sql.xz")).decompressor, "xz");
  EXPECT_EQ(std::get<sql_script>(script_of("a.sql.zst")).decompressor, "zstd");
  EXPECT_TRUE(std::holds_alternative<configuration_file>(script_of("a.env")));
  for (const auto* const name : {"", "sh", "a.sql~", "a.gz", "README", ".hidden.sql", "a.SQL"})
    EXPECT_TRUE(std::holds_alternative<other_file>(script_of(name))) << name;
}

}  // namespace
}  // namespace mgc::orchestrator
