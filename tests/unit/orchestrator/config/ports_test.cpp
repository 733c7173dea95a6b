#include "orchestrator/config/ports.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mgc::orchestrator {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct resolved_ports {
  node_ports ports;
  std::vector<std::string> problems;
};

resolved_ports resolve(const std::vector<std::string>& environment,
                       cluster_mode mode = cluster_mode::cluster) {
  resolved_ports result;
  result.ports = resolve_ports(given_values{environment}, mode, result.problems);
  return result;
}

std::vector<int> numbers(const node_ports& p) { return {p.sql, p.group, p.ist, p.sst, p.peer}; }

TEST(Ports, FollowFromMyPort) {
  EXPECT_THAT(numbers(resolve({}).ports), ElementsAre(3307, 13307, 23307, 33307, 43307));
  EXPECT_THAT(numbers(resolve({"my_port=3310"}).ports), ElementsAre(3310, 13310, 23310, 33310, 43310));
  EXPECT_THAT(numbers(resolve({"my_port=9999"}).ports), ElementsAre(9999, 19999, 29999, 39999, 49999));
  EXPECT_THAT(numbers(resolve({"my_port=330"}).ports), ElementsAre(330, 1330, 2330, 3330, 4330));
}

TEST(Ports, CanEachBeGiven) {
  const auto given = resolve(
      {"my_port=33000", "gmcast_list_port=1", "ist_recv_port=2", "sst_receive_port=3", "peer_port=4"});
  EXPECT_THAT(given.problems, IsEmpty());
  EXPECT_THAT(numbers(given.ports), ElementsAre(33000, 1, 2, 3, 4));
}

TEST(Ports, AreMissedWhenFiveDigitsTakeNoPrefix) {
  EXPECT_THAT(resolve({"my_port=33000", "ist_recv_port=2"}).problems,
              ElementsAre(AllOf(HasSubstr("give gmcast_list_port, sst_receive_port, peer_port too"))));
  EXPECT_THAT(resolve({"my_port=33000", "peer_port=4"}, cluster_mode::plain).problems, IsEmpty());
  EXPECT_THAT(resolve({"my_port=33000"}, cluster_mode::plain).problems,
              ElementsAre(AllOf(HasSubstr("peer_port"), Not(HasSubstr("gmcast_list_port")))));
}

TEST(Ports, MustBePorts) {
  for (const auto* const text : {"0", "65536", "-1", "33o7", " 3307", "99999999999999999999", "0x10"}) {
    EXPECT_THAT(resolve({std::string{"my_port="} + text}).problems, ElementsAre(HasSubstr("my_port='")))
        << text;
    EXPECT_THAT(resolve({std::string{"peer_port="} + text}).problems, ElementsAre(HasSubstr("peer_port='")))
        << text;
  }
}

TEST(Ports, MustDiffer) {
  EXPECT_THAT(resolve({"ist_recv_port=13307"}).problems,
              ElementsAre(HasSubstr("gmcast_list_port and ist_recv_port are both 13307")));
}

}  // namespace
}  // namespace mgc::orchestrator
