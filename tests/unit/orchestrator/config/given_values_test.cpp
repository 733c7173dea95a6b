#include "orchestrator/config/given_values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/config/variables.hpp"
#include "tests/unit/orchestrator/config/test_machine.hpp"

namespace mgc::orchestrator {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(GivenValues, TakesAnyValueFromTheEnvironment) {
  const given_values given{
      {"my_init_connect=SET NAMES utf8", "wsrep_provider_options=a=b;c=d", "=odd", "odd"}};
  EXPECT_EQ(given.all().at("my_init_connect").value, "SET NAMES utf8");
  EXPECT_EQ(given.all().at("wsrep_provider_options").value, "a=b;c=d");
  EXPECT_EQ(given.all().size(), 2U);
}

TEST(GivenValues, AreOverlaidByTheFile) {
  given_values given{{"cluster_name=a", "interface=eth0", "my_port=3310"}};
  given.overlay(parse_assignments("cluster_name=b\nunset interface\n", "custom.cfg"), "conf/custom.cfg");
  EXPECT_EQ(given.value_of("cluster_name"), "b");
  EXPECT_EQ(given.find("cluster_name")->origin, "conf/custom.cfg, line 1");
  EXPECT_EQ(given.find("interface"), nullptr);
  EXPECT_EQ(given.value_of("my_port"), "3310");
}

TEST(GivenValues, HaveTheDefaultsOfTheTable) {
  const given_values given{{"cluster_name="}};
  EXPECT_EQ(given.value_of("cluster_name"), "mariadb-galera");
  EXPECT_EQ(given.value_of("my_port"), "3307");
  EXPECT_THROW((void)given.value_of("no_such_variable"), std::logic_error);
}

class secret_files : public testing::Test {
 protected:
  std::vector<std::string> read(given_values& given) {
    std::vector<std::string> problems;
    given.read_secret_files(machine_.machine_of().read_file, problems);
    return problems;
  }

  test_machine machine_;
};

TEST_F(secret_files, ReadsEverySecretFromAFile) {
  machine_.files = {{"/s", "top\nsecret\r\n"}};
  for (const auto& d : known_variables()) {
    if (!d.is_secret) continue;
    given_values given{{std::string{d.name} + "_FILE=/s"}};
    EXPECT_THAT(read(given), IsEmpty());
    EXPECT_EQ(given.secret_of(d.name).reveal(), "top\nsecret") << d.name;
  }
}

TEST_F(secret_files, RefusesASecretThatIsSetTwice) {
  machine_.files = {{"/s", "x"}};
  given_values given{{"mysql_root_password=hidden", "mysql_root_password_FILE=/s"}};
  EXPECT_THAT(read(given), ElementsAre(AllOf(HasSubstr("mysql_root_password and mysql_root_password_FILE"),
                                             Not(HasSubstr("hidden")))));
}

TEST_F(secret_files, RefusesWhatCannotBeRead) {
  machine_.files = {{"/empty", "\n"}};
  given_values given{{"cluster_secret_FILE=/none", "mysql_user_password_FILE=/empty"}};
  EXPECT_THAT(read(given), ElementsAre(HasSubstr("cluster_secret_FILE: /none cannot be read"),
                                       HasSubstr("mysql_user_password_FILE: /empty is empty")));
}

TEST_F(secret_files, ShowsNoSecret) {
  machine_.files = {{"/s", "hidden"}};
  given_values given{{"cluster_secret=hidden", "mysql_root_password_FILE=/s", "mysql_user=u"}};
  EXPECT_THAT(read(given), IsEmpty());
  for (const auto& v : given.shown()) EXPECT_THAT(v.value, Not(HasSubstr("hidden"))) << v.name;
  EXPECT_THAT(given.describe("cluster_secret"), Not(HasSubstr("hidden")));
  EXPECT_THAT(given.describe("mysql_root_password"), Not(HasSubstr("hidden")));
}

TEST(GivenValues, FindSlipsInTheirNames) {
  const given_values given{{"mysql_root_pasword=hidden", "cluster_nmae=x", "transfer_limit=1", "NODE_ENV=x"}};
  EXPECT_THAT(given.unknown_variables(),
              ElementsAre(HasSubstr("did you mean cluster_name?"),
                          AllOf(HasSubstr("did you mean mysql_root_password?"), Not(HasSubstr("hidden")))));
}

TEST(Variables, KnowTheSecretsAmongTheServersOptions) {
  EXPECT_TRUE(is_secret_name("wsrep_sst_auth"));
  EXPECT_TRUE(is_secret_name("my_wsrep_sst_auth"));
  EXPECT_TRUE(is_secret_name("my_report_password"));
  EXPECT_FALSE(is_secret_name("my_port"));
  EXPECT_FALSE(is_secret_name("mysql_random_root_password"));
}

TEST(Variables, AreAllInTheHelp) {
  const auto help = variables_help();
  for (const auto& d : known_variables()) {
    EXPECT_THAT(help, HasSubstr("  " + std::string{d.name} + " ")) << d.name;
    if (!d.value.empty() && d.fallback.empty()) {
      EXPECT_THAT(help, HasSubstr("default: " + std::string{d.value} + ")")) << d.name;
    }
  }
}

// All that a variable can change, but its own line in the list of variables.
std::string effect_of(const std::string& assignment, std::vector<std::string> environment) {
  if (!assignment.empty()) environment.insert(environment.begin(), assignment);
  const auto result = resolve(environment);
  const auto& s = result.settings;
  std::string text = s.accounts.root_password.reveal() + s.accounts.user + s.accounts.user_password.reveal() +
                     s.accounts.database + s.directories.conf + s.directories.lock;
  for (const auto& line : result.problems) text += line;
  for (const auto& line : s.warnings) text += line;
  for (const auto& o : s.options) text += o.name + o.value;
  return text;
}

std::string effect_of(const std::string& assignment) {
  return effect_of(assignment, with_nodes({"mysql_user=u", "mysql_user_password=p"})) +
         effect_of(assignment, {"node1=127.0.0.1", "node2=127.0.0.2"});  // where the interface matters
}

TEST(Variables, EachHaveAnEffect) {
  const auto none = effect_of("");
  for (const auto& d : known_variables()) EXPECT_NE(effect_of(std::string{d.name} + "=\x01"), none) << d.name;
}

}  // namespace
}  // namespace mgc::orchestrator
