// mariadb-upgrade on a live node.

#include "orchestrator/server/upgrade.hpp"

#include <gmock/gmock.h>

#include "orchestrator/server/durable_files.hpp"
#include "tests/integration/orchestrator/server/running_node.hpp"

namespace mgc::orchestrator {
namespace {

using test::running_node;
using testing::HasSubstr;

TEST(Upgrade, HappensOnceForDataOfAnOlderServer) {
  running_node node;
  node.folder().write("data/mysql_upgrade_info", "10.6.12-MariaDB");
  node.found_cluster();
  const auto dropped = node.run(node.watch().execute("ALTER TABLE mysql.help_topic DROP COLUMN url"));
  ASSERT_TRUE(dropped) << dropped.error();
  const auto committed = node.seen.last_committed;
  const auto first = node.run(upgrade(node.host()));
  ASSERT_TRUE(first) << first.error();
  EXPECT_TRUE(*first);
  EXPECT_EQ(version_of_data(node.settings.directories.data), *node.run(installed_version(node.host())));
  EXPECT_FALSE(std::filesystem::exists(node.folder() / "run/upgrade.cnf"));
  node.wait_until([&, looks = node.looks] { return node.looks > looks + 1; });
  EXPECT_LE(node.seen.last_committed, committed + 1) << "nothing of it goes to the other nodes";
  const auto second = node.run(upgrade(node.host()));
  ASSERT_TRUE(second) << second.error();
  EXPECT_FALSE(*second);
}

TEST(Upgrade, SaysWhyItCannot) {
  running_node node;
  node.folder().write("data/mysql_upgrade_info", "10.6.12-MariaDB");
  const auto failed = node.run(upgrade(node.host()));
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error(), HasSubstr(node.settings.socket));
}

}  // namespace
}  // namespace mgc::orchestrator
