#include "orchestrator/config/computed_sizes.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/random_source.hpp"

namespace mgc::orchestrator {
namespace {

constexpr std::uint64_t megabyte = std::uint64_t{1} << 20;
constexpr std::uint64_t gigabyte = std::uint64_t{1} << 30;

TEST(ComputedSizes, LeaveMemoryForTheRest) {
  EXPECT_EQ(in_megabytes(buffer_pool_size(512 * megabyte)), "127M");
  EXPECT_EQ(in_megabytes(buffer_pool_size(4 * gigabyte)), "2047M");
  EXPECT_EQ(in_megabytes(buffer_pool_size(64 * gigabyte)), "39321M");
}

TEST(ComputedSizes, AreSaneForAnyMachine) {
  test::random_source random;
  for (int i = 0; i < 10000; ++i) {
    const auto memory = random.magnitude_between(1, std::numeric_limits<std::uint64_t>::max() / 2);
    const auto disk = random.one_in(10) ? 0 : random.magnitude_between(1, std::uint64_t{1} << 60);
    const auto pool = buffer_pool_size(memory);
    ASSERT_GE(pool, 32 * megabyte);
    ASSERT_LE(pool, std::max(memory / 10 * 7, 32 * megabyte));
    ASSERT_EQ(pool % megabyte, 0U);
    const auto redo = redo_log_size(pool, disk);
    ASSERT_GE(redo, 16 * megabyte);
    ASSERT_LE(redo, 2 * gigabyte);
    ASSERT_TRUE(disk < gigabyte || redo <= disk / 20);
    const auto connections = most_connections(memory, pool);
    ASSERT_TRUE(connections >= 100 && connections <= 2000);
    const auto gcache = gcache_size_for(5 * gigabyte, disk);
    ASSERT_TRUE(gcache >= 128 * megabyte && gcache <= 5 * gigabyte);
    ASSERT_TRUE(disk < gigabyte || gcache <= disk / 4);
  }
}

TEST(ComputedSizes, GiveAppliersByProcessors) {
  EXPECT_EQ(applier_threads(1, 8 * gigabyte), 2U);
  EXPECT_EQ(applier_threads(8, 8 * gigabyte), 16U);
  EXPECT_EQ(applier_threads(8, gigabyte / 2), 4U);
  EXPECT_EQ(applier_threads(std::numeric_limits<unsigned>::max(), 8 * gigabyte), 32U);
}

TEST(ServerId, IsTheNumberOfTheNode) { EXPECT_EQ(server_id_for(7, "192.0.2.7"), 7U); }

TEST(ServerId, OfAnAddressIsMadeOfAllOfIt) {
  EXPECT_NE(server_id_for(0, "10.0.11.1"), server_id_for(0, "10.0.1.11"));
  EXPECT_GT(server_id_for(0, "10.0.11.1"), 9999U);  // above all numbers of nodes
}

}  // namespace
}  // namespace mgc::orchestrator
