#include "orchestrator/run/ist_relay_child.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mgc::orchestrator {
namespace {

using testing::ElementsAre;

node_settings relayed(std::string address, std::string bind) {
  node_settings settings;
  settings.address = std::move(address);
  settings.ist_bind = std::move(bind);
  settings.ports.ist = 23307;
  settings.transfer_budget = "/data/run/budget";
  return settings;
}

TEST(IstRelayChild, StandsAtTheNodesAddressInFrontOfGalerasOwn) {
  EXPECT_THAT(ist_relay_words(relayed("10.0.0.1", "127.0.0.2"), "/proc/self/exe"),
              ElementsAre("/proc/self/exe", "ist-relay", "--listen", "10.0.0.1:23307", "--connect",
                          "127.0.0.2:23307", "--budget", "/data/run/budget", "--progress", "10"));
}

TEST(IstRelayChild, PutsIpv6InBrackets) {
  const auto words = ist_relay_words(relayed("fd00::1", "::1"), "mgc");
  EXPECT_EQ(words.at(3), "[fd00::1]:23307");
  EXPECT_EQ(words.at(5), "[::1]:23307");
}

TEST(IstRelayChild, GetsTheLimitThatIsSet) {
  auto settings = relayed("10.0.0.1", "127.0.0.2");
  settings.transfer_limit = "20M";
  const auto words = ist_relay_words(settings, "mgc");
  EXPECT_EQ(words.size(), 12U);
  EXPECT_EQ(words.at(10), "--limit");
  EXPECT_EQ(words.at(11), "20M");
}

}  // namespace
}  // namespace mgc::orchestrator
