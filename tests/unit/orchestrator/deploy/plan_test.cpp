#include "orchestrator/deploy/plan.hpp"

#include <gmock/gmock.h>

namespace mgc::orchestrator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

constexpr std::uint64_t megabyte = std::uint64_t{1024} * 1024;

wanted_container wanted() {
  wanted_container made;
  made.name = "demo-3310";
  made.image = "mgc:10.11";
  made.environment = {{"my_port", "3310"}, {"mysql_root_password", "hush"}};
  made.folders = {{"/mnt/demo-3310", "/data/mariadb-galera", false, true}};
  made.memory = 512 * megabyte;
  made.restart = "unless-stopped";
  made.stop_timeout = std::chrono::seconds{600};
  return made;
}

// What an engine has after it made that.
found_container made_of(const wanted_container& container) {
  found_container found;
  found.image = container.image;
  found.image_id = "sha256:a";
  found.environment = {"my_port=3310", "mysql_root_password=hush", "PATH=/bin", "my_of_image=1"};
  found.folders = {{"/mnt/demo-3310", "/data/mariadb-galera", false, false},
                   {"/more", "/elsewhere", false, false}};
  found.memory = container.memory;
  found.restart = container.restart;
  found.stop_timeout = container.stop_timeout;
  found.network = "host";
  found.state.word = "running";
  return found;
}

const found_image image{"sha256:a", {"PATH=/bin", "my_of_image=1"}};

TEST(Plan, MakesWhatIsMissing) {
  using enum deploy_step;
  EXPECT_THAT(make_plan(wanted(), pull_rule::missing, {}).steps, ElementsAre(pull, create, start));
  EXPECT_THAT(make_plan(wanted(), pull_rule::missing, {image, {}}).steps, ElementsAre(create, start));
  EXPECT_THAT(make_plan(wanted(), pull_rule::always, {image, {}}).steps, ElementsAre(pull, create, start));
  EXPECT_THAT(make_plan(wanted(), pull_rule::never, {image, {}}).steps, ElementsAre(create, start));
}

TEST(Plan, RefusesWithoutAnImageThatMustNotBePulled) {
  const auto plan = make_plan(wanted(), pull_rule::never, {});
  EXPECT_THAT(plan.steps, IsEmpty());
  EXPECT_THAT(plan.refusals, ElementsAre(HasSubstr("pull=never")));
}

TEST(Plan, LeavesAloneWhatIsAsItShouldBe) {
  for (const auto pull : {pull_rule::missing, pull_rule::always, pull_rule::never}) {
    const auto plan = make_plan(wanted(), pull, {image, made_of(wanted())});
    EXPECT_THAT(plan.steps, IsEmpty());
    EXPECT_THAT(plan.refusals, IsEmpty());
    EXPECT_THAT(plan.notes, IsEmpty());
  }
}

host_plan plan_in_state(const std::string& word) {
  auto found = made_of(wanted());
  found.state.word = word;
  return make_plan(wanted(), pull_rule::missing, {image, found});
}

TEST(Plan, StartsWhatDoesNotRun) {
  EXPECT_THAT(plan_in_state("exited").steps, ElementsAre(deploy_step::start));
  EXPECT_THAT(plan_in_state("created").steps, ElementsAre(deploy_step::start));
  EXPECT_THAT(plan_in_state("restarting").steps, IsEmpty());
  EXPECT_THAT(plan_in_state("restarting").refusals, IsEmpty());
  EXPECT_THAT(plan_in_state("paused").refusals, ElementsAre(HasSubstr("docker unpause demo-3310")));
  EXPECT_THAT(plan_in_state("dead").refusals, ElementsAre(HasSubstr("'dead'")));
}

TEST(Plan, SaysWhenTheImageIsAnotherOneByNow) {
  const auto plan = make_plan(wanted(), pull_rule::missing,
                              {found_image{"sha256:b", image.environment}, made_of(wanted())});
  EXPECT_THAT(plan.notes, ElementsAre(HasSubstr("an earlier mgc:10.11")));
}

std::vector<std::string> refusals(void (*change)(found_container&)) {
  auto found = made_of(wanted());
  change(found);
  const auto plan = make_plan(wanted(), pull_rule::missing, {image, found});
  EXPECT_THAT(plan.steps, IsEmpty());
  return plan.refusals;
}

TEST(Plan, RefusesAContainerThatDiffersAndSaysInWhat) {
  using found = found_container;
  EXPECT_THAT(refusals([](found& c) { c.image = "mgc:11.8"; }),
              ElementsAre("image is mgc:11.8 there, mgc:10.11 here"));
  EXPECT_THAT(refusals([](found& c) { c.memory = 0; }),
              ElementsAre("memory is not limited there, 512 MB here"));
  EXPECT_THAT(refusals([](found& c) { c.environment[0] = "my_port=3311"; }),
              ElementsAre("my_port is 3311 there, 3310 here"));
  EXPECT_THAT(refusals([](found& c) { c.environment.erase(c.environment.begin()); }),
              ElementsAre("my_port is not set there, 3310 here"));
  EXPECT_THAT(refusals([](found& c) { c.environment.push_back("node4=10.0.0.4"); }),
              ElementsAre("node4 is 10.0.0.4 there, not set here"));
  EXPECT_THAT(refusals([](found& c) { c.folders[0].host = "/other"; }),
              ElementsAre("/data/mariadb-galera is /other there, /mnt/demo-3310 here"));
  EXPECT_THAT(refusals([](found& c) { c.folders.clear(); }), ElementsAre(HasSubstr("is nothing there")));
  EXPECT_THAT(refusals([](found& c) { c.folders[0].read_only = true; }),
              ElementsAre(HasSubstr("read-only there")));
  EXPECT_THAT(refusals([](found& c) { c.restart = "no"; }),
              ElementsAre("restart is no there, unless-stopped here"));
  EXPECT_THAT(refusals([](found& c) { c.stop_timeout.reset(); }),
              ElementsAre("stop_timeout is nothing there, 600 s here"));
  EXPECT_THAT(refusals([](found& c) { c.network = "bridge"; }),
              ElementsAre("the network is bridge there, host here"));
  EXPECT_THAT(refusals([](found& c) { c.privileged = true; }),
              ElementsAre("privileged is yes there, no here"));
}

TEST(Plan, NeverShowsASecret) {
  for (const auto& lines :
       {refusals([](found_container& c) { c.environment[1] = "mysql_root_password=mumm"; }),
        refusals([](found_container& c) { c.environment.erase(c.environment.begin() + 1); }),
        refusals([](found_container& c) { c.environment.push_back("cluster_secret=mumm"); })}) {
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_THAT(lines[0], Not(HasSubstr("hush")));
    EXPECT_THAT(lines[0], Not(HasSubstr("mumm")));
  }
}

}  // namespace
}  // namespace mgc::orchestrator
