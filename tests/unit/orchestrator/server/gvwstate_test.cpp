#include "orchestrator/server/gvwstate.hpp"

#include <gmock/gmock.h>

namespace mgc::orchestrator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string me = "d62e8fab-e6ac-11f1-ac53-d3401a4c63ff";
const std::string other = "e0000000-e6ac-11f1-ac53-d3401a4c63ff";

// As Galera 26.4 writes it.
std::string view_of(const std::string& members, const std::string& id = "3 " + me + " 12") {
  return "my_uuid: " + me + "\n#vwbeg\nview_id: " + id + "\nbootstrap: 0\n" + members + "#vwend\n";
}

TEST(Gvwstate, TellsItsMembers) {
  const auto view = parse_gvwstate(view_of("member: " + me + " 0\nmember: " + other + " 1\n"));
  ASSERT_TRUE(view) << view.error();
  EXPECT_EQ(view->me, me);
  EXPECT_THAT(view->members, ElementsAre(me, other));
  EXPECT_EQ(view->number, 12U);
  EXPECT_EQ(view->epoch, 0U);
}

TEST(Gvwstate, EmptyOneIsAnError) {
  EXPECT_EQ(parse_gvwstate("").error(), "is empty");
  EXPECT_EQ(parse_gvwstate(" \n\n").error(), "is empty");
}

// It is written in one piece, but a disk may be full, or lose what it said it had.
TEST(Gvwstate, EveryPrefixIsAnErrorAndNoCrash) {
  const auto whole = view_of("member: " + me + " 0\n");
  for (std::size_t length = 0; length < whole.size() - 1; ++length)
    EXPECT_FALSE(parse_gvwstate(whole.substr(0, length))) << whole.substr(0, length);
  EXPECT_TRUE(parse_gvwstate(whole.substr(0, whole.size() - 1)));
}

TEST(Gvwstate, WhatIsWrongIsNamed) {
  const auto member = "member: " + me + " 0\n";
  EXPECT_THAT(parse_gvwstate(view_of("member: " + other + " 0\n")).error(),
              HasSubstr("is not among its members"));
  EXPECT_THAT(parse_gvwstate(view_of(member, "2 " + me + " 12")).error(),
              HasSubstr("type 2, not that of a Primary"));
  EXPECT_THAT(parse_gvwstate(view_of(member, "3 " + me + " -1")).error(),
              HasSubstr("line 3: '-1' is no number"));
  EXPECT_THAT(parse_gvwstate(view_of(member, "3 " + me)).error(), HasSubstr("view_id must be followed by"));
  EXPECT_THAT(parse_gvwstate(view_of("member: x 0\n")).error(), HasSubstr("line 5: 'x' is no UUID"));
  EXPECT_THAT(parse_gvwstate(view_of("member:\n")).error(), HasSubstr("member: without a UUID"));
  EXPECT_THAT(parse_gvwstate("my_uuid: 00000000-0000-0000-0000-000000000000\n").error(), HasSubstr("zeros"));
  std::string crowd;
  for (std::size_t i = 0; i <= most_members; ++i) crowd += member;
  EXPECT_THAT(parse_gvwstate(view_of(crowd)).error(), HasSubstr("more than 4096 members"));
}

}  // namespace
}  // namespace mgc::orchestrator
