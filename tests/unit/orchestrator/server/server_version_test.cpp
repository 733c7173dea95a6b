#include "orchestrator/server/server_version.hpp"

#include <gtest/gtest.h>

#include "orchestrator/server/upgrade.hpp"

namespace mgc::orchestrator {
namespace {

TEST(ServerVersion, IsFoundInWhatProgramsSay) {
  EXPECT_EQ(
      find_version("mariadbd  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)"),
      (server_version{10, 11, 19}));
  EXPECT_EQ(find_version("11.4.2-MariaDB"), (server_version{11, 4, 2}));
  EXPECT_EQ(find_version("1.2 then 10.6.12"), (server_version{10, 6, 12}));
  for (const auto* const text : {"", "MariaDB", "10.11", "10.", "99999999999999999999.1.1", "1..2"})
    EXPECT_FALSE(find_version(text)) << text;
  EXPECT_EQ(to_string(server_version{10, 11, 19}), "10.11.19");
}

TEST(Upgrade, IsNeededFromAnOlderSeries) {
  const server_version now{10, 11, 19};
  EXPECT_TRUE(needs_upgrade(server_version{10, 6, 22}, now));
  EXPECT_TRUE(needs_upgrade(server_version{5, 5, 68}, now));
  EXPECT_TRUE(needs_upgrade({}, now)) << "nobody noted it";
  EXPECT_FALSE(needs_upgrade(server_version{10, 11, 1}, now));
  EXPECT_FALSE(needs_upgrade(now, now));
  EXPECT_FALSE(needs_upgrade(server_version{11, 4, 2}, now)) << "there is no way back";
}

}  // namespace
}  // namespace mgc::orchestrator
