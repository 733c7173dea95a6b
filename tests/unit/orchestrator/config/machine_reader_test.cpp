#include "orchestrator/config/machine_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/proxy/scratch_directory.hpp"

namespace mgc::orchestrator {
namespace {

constexpr std::uint64_t megabyte = std::uint64_t{1} << 20;

class memory : public testing::Test {
 protected:
  memory() { dir_.write("proc/meminfo", "MemFree:  1 kB\nMemTotal:        8388608 kB\nSwapTotal: 5 kB\n"); }

  void expect(std::uint64_t megabytes, const std::string& origin) {
    const auto found = read_memory({dir_.path("proc"), dir_.path("cgroup")});
    EXPECT_EQ(found.bytes / megabyte, megabytes);
    EXPECT_EQ(found.origin, origin);
  }

  test::scratch_directory dir_;
};

TEST_F(memory, IsTheHostsWithoutALimit) {
  expect(8192, "host");
  dir_.write("proc/self/cgroup", "0::/\n");
  dir_.write("cgroup/memory.max", "max\n");
  expect(8192, "host");
}

TEST_F(memory, IsTheLimitOfAContainersVersion2) {
  dir_.write("proc/self/cgroup", "0::/\n");
  dir_.write("cgroup/memory.max", "536870912\n");
  expect(512, "cgroup");
}

TEST_F(memory, IsTheTightestLimitOnTheWayUp) {
  dir_.write("proc/self/cgroup", "0::/system.slice/mgc.service\n");
  dir_.write("cgroup/system.slice/mgc.service/memory.max", "max\n");
  dir_.write("cgroup/system.slice/memory.max", "1073741824\n");
  expect(1024, "cgroup");
}

TEST_F(memory, IsTheLimitOfVersion1) {
  dir_.write("proc/self/cgroup", "12:cpu,cpuacct:/docker/x\n5:memory:/docker/x\n0::/\n");
  dir_.write("cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  expect(8192, "host");
  dir_.write("cgroup/memory/docker/x/memory.limit_in_bytes", "268435456\n");
  expect(256, "cgroup");
}

TEST_F(memory, IsUnknownWithoutAnything) {
  const auto found = read_memory({dir_.path("none"), dir_.path("none")});
  EXPECT_EQ(found.bytes, 0U);
}

TEST(LocalAddresses, HaveTheLoopbackWithItsNetwork) {
  const auto addresses = read_local_addresses();
  EXPECT_NE(find_local(addresses, "127.0.0.1"), nullptr);
  EXPECT_NE(find_local(addresses, "127.5.6.7"), nullptr);
  EXPECT_EQ(find_local(addresses, "128.0.0.1"), nullptr);
  EXPECT_EQ(find_local(addresses, "nonsense"), nullptr);
}

TEST(NumericAddress, HasOneSpelling) {
  EXPECT_EQ(numeric_address("[2001:DB8:0:0::1]"), "2001:db8::1");
  EXPECT_EQ(numeric_address("192.0.2.1"), "192.0.2.1");
  EXPECT_FALSE(numeric_address("192.0.2.01x"));
  EXPECT_FALSE(numeric_address(""));
  EXPECT_FALSE(numeric_address("[]"));
}

}  // namespace
}  // namespace mgc::orchestrator
