#include "orchestrator/peers/connection_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mgc::orchestrator {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ConnectionTable : public testing::Test {
 protected:
  bool admit(const std::string& name, standing counts_as, const char* address = "10.0.0.1") {
    return table
        .admit({{false, boost::asio::ip::make_address(address)},
                counts_as,
                [this, name] { closed.push_back(name); }})
        .has_value();
  }

  connection_table table{3, 2};
  std::vector<std::string> closed;
};

TEST_F(ConnectionTable, ClosesTheOldestOfThoseThatCountLeast) {
  EXPECT_TRUE(admit("node", standing::configured, "10.0.0.2"));
  EXPECT_TRUE(admit("first", standing::stranger, "192.0.2.1"));
  EXPECT_TRUE(admit("second", standing::stranger, "192.0.2.2"));
  EXPECT_TRUE(admit("third", standing::stranger, "192.0.2.3"));
  EXPECT_THAT(closed, ElementsAre("first"));
  EXPECT_TRUE(admit("fourth", standing::configured, "10.0.0.3"));
  EXPECT_THAT(closed, ElementsAre("first", "second")) << "the first is closed and does not count any more";
}

TEST_F(ConnectionTable, ClosesNobodyWhoCountsForMore) {
  for (const auto* const address : {"10.0.0.1", "10.0.0.2", "10.0.0.3"}) {
    EXPECT_TRUE(admit("peer", standing::proved, address));
  }
  EXPECT_FALSE(admit("stranger", standing::stranger, "192.0.2.1"));
  EXPECT_FALSE(admit("node", standing::configured, "10.0.0.4"));
  EXPECT_THAT(closed, IsEmpty());
}

TEST_F(ConnectionTable, LimitsEachAddress) {
  EXPECT_TRUE(admit("first", standing::stranger));
  EXPECT_TRUE(admit("second", standing::stranger));
  EXPECT_TRUE(admit("third", standing::stranger));
  EXPECT_THAT(closed, ElementsAre("first"));
}

TEST_F(ConnectionTable, HasRoomAgainWhenOneLeaves) {
  connection_table small{1, 1};
  const auto place = small.admit({{true, {}}, standing::proved, [] {}});
  ASSERT_TRUE(place);
  EXPECT_FALSE(small.admit({{false, {}}, standing::stranger, [] {}}));
  small.leave(*place);
  EXPECT_TRUE(small.admit({{false, {}}, standing::stranger, [] {}}));
}

TEST_F(ConnectionTable, ClosesAllOnce) {
  admit("one", standing::stranger);
  admit("two", standing::proved);
  table.close_all();
  table.close_all();
  EXPECT_THAT(closed, ElementsAre("one", "two"));
}

}  // namespace
}  // namespace mgc::orchestrator
