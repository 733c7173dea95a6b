#include "orchestrator/config/load_node_settings.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace mgc::orchestrator {
namespace {

TEST(RemoveSecrets, LeavesNoneForChildren) {
  for (const auto* const name :
       {"mysql_root_password", "cluster_secret", "wsrep_sst_auth", "my_report_password"}) {
    ASSERT_EQ(::setenv(name, "hidden", 1), 0);
  }
  ASSERT_EQ(::setenv("mysql_root_password_FILE", "/path", 1), 0);
  remove_secrets_from_environment();
  for (const auto& line : read_environment()) EXPECT_EQ(line.find("hidden"), std::string::npos) << line;
  EXPECT_STREQ(std::getenv("mysql_root_password_FILE"), "/path");
  ::unsetenv("mysql_root_password_FILE");
}

}  // namespace
}  // namespace mgc::orchestrator
