#include "orchestrator/config/provider_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mgc::orchestrator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string merged(std::string_view text) {
  std::vector<std::string> problems;
  auto options = provider_options::parse(text, problems);
  EXPECT_THAT(problems, IsEmpty());
  options.add("gcache.size", "5G");
  options.add("pc.weight", "1");
  return options.text();
}

TEST(ProviderOptions, AreMergedKeyByKey) {
  EXPECT_EQ(merged(""), "gcache.size=5G;pc.weight=1");
  EXPECT_EQ(merged(" gcache.size = 1G ; evs.keepalive_period=PT1S;"),
            "gcache.size=1G;evs.keepalive_period=PT1S;pc.weight=1");
  EXPECT_EQ(merged("pc.weight=2;pc.weight=3"), "pc.weight=3;gcache.size=5G");
  EXPECT_EQ(merged("socket.ssl_key=/a\\;b=c"), "socket.ssl_key=/a\\;b=c;gcache.size=5G;pc.weight=1");
}

TEST(ProviderOptions, NeedKeysAndValues) {
  std::vector<std::string> problems;
  provider_options::parse("gcache.size; =3; a=1;\\", problems);
  EXPECT_THAT(problems, ElementsAre(HasSubstr("'gcache.size'"), HasSubstr("''"), HasSubstr("\\x5c")));
}

}  // namespace
}  // namespace mgc::orchestrator
