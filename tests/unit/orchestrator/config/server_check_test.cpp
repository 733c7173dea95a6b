#include "orchestrator/config/server_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/config/closest_name.hpp"
#include "tests/unit/orchestrator/config/test_machine.hpp"

namespace mgc::orchestrator {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr auto help =
    "mariadbd  Ver 10.11\n"
    "  --tmp-table-size=# If an internal table\n"
    "                      --not-an-option is in the text\n"
    "  -u, --user=name     Run as user.\n"
    "  --wsrep-OSU-method[=name] \n"
    "  -?, --help          Display this help and exit.\n"
    "  --innodb            Enable\n";

// A server that refuses each line with one of these words.
struct picky_server {
  std::map<std::string, std::string> refused{};
  std::string warning{};

  server_answer operator()(const std::string& text) const {
    if (text.find("wsrep_on") == std::string::npos) return {0, help, ""};
    for (const auto& [word, why] : refused) {
      if (text.find(word) != std::string::npos) return {7, "", "2026-01-01 0:00:00 0 [ERROR] " + why + "\n"};
    }
    return {0, help, warning};
  }
};

struct checked {
  std::vector<std::string> problems;
  std::vector<std::string> warnings;
};

checked check(const picky_server& server, const std::vector<std::string>& more, bool sure = true) {
  const auto environment = with_nodes(more);
  auto settings = resolve(environment).settings;
  settings.warnings.clear();
  std::vector<std::string> problems;
  const auto user = read_user_options(given_values{environment}, problems);
  check_with_server(server, user, sure, settings, problems);
  return {problems, settings.warnings};
}

TEST(ServerCheck, ReadsTheNamesOfOptions) {
  EXPECT_THAT(option_names(help),
              ElementsAre("tmp_table_size", "user", "wsrep_osu_method", "help", "innodb"));
  EXPECT_THAT(option_names(""), IsEmpty());
}

TEST(ServerCheck, FindsAMisspeltOption) {
  const picky_server server{{{"tmp_talbe_size", "unknown variable 'tmp_talbe_size=1'"}}};
  EXPECT_THAT(
      check(server, {"my_tmp_talbe_size=1"}).problems,
      ElementsAre("variable my_tmp_talbe_size: the server knows no option tmp_talbe_size; did you mean "
                  "tmp_table_size?"));
}

TEST(ServerCheck, FindsAllThatIsRefused) {
  const picky_server server{
      {{"tmp_table_size = abc", "Unknown suffix 'a' used for variable 'tmp-table-size'"},
       {"nonsense", "unknown variable 'nonsense=1'"}}};
  EXPECT_THAT(check(server, {"my_nonsense=1", "my_tmp_table_size=abc", "my_user=mysql"}).problems,
              ElementsAre(AllOf(HasSubstr("my_nonsense"), HasSubstr("my_loose_nonsense")),
                          AllOf(HasSubstr("my_tmp_table_size='abc'"), HasSubstr("Unknown suffix"))));
}

TEST(ServerCheck, HidesRefusedSecrets) {
  const picky_server server{{{"wsrep_sst_auth", "bad wsrep_sst_auth 'hidden'"}}};
  EXPECT_THAT(check(server, {"wsrep_sst_auth=hidden"}).problems,
              ElementsAre(AllOf(HasSubstr("wsrep_sst_auth"), Not(HasSubstr("hidden")))));
}

TEST(ServerCheck, SaysWhatIsRefusedAsAWhole) {
  const picky_server server{{{"port", "no luck today"}}};
  EXPECT_THAT(check(server, {}).problems, ElementsAre(HasSubstr("no luck today")));
  EXPECT_THAT(check(server, {}, false).problems, IsEmpty());
}

TEST(ServerCheck, PassesOnWarningsAboutOptions) {
  const picky_server server{
      {},
      "x 0 [Warning] 'innodb-locks' was removed.\nx 0 [Warning] Could not increase number of "
      "max_open_files to more than 20\n"};
  const auto result = check(server, {});
  EXPECT_THAT(result.problems, IsEmpty());
  EXPECT_THAT(result.warnings, ElementsAre("the server says: 'innodb-locks' was removed."));
}

TEST(ServerCheck, SaysWhenTheServerCannotBeAsked) {
  std::vector<std::string> problems;
  node_settings settings;
  settings.server_program = "/usr/sbin/mariadbd";
  check_with_server(
      [](const std::string&) {
        return server_answer{-1, "", "it cannot be run"};
      },
      {}, true, settings, problems);
  EXPECT_THAT(problems, ElementsAre("/usr/sbin/mariadbd: it cannot be run"));
}

TEST(ClosestName, IsAFewSlipsAway) {
  const std::vector<std::string> names{"tmp_table_size", "port", "max_connections"};
  EXPECT_EQ(closest_name("tmp_talbe_size", names), "tmp_table_size");
  EXPECT_EQ(closest_name("max_conections", names), "max_connections");
  EXPECT_EQ(closest_name("prot", names), "port");
  EXPECT_EQ(closest_name("xyz", names), "");
  EXPECT_EQ(closest_name("", names), "");
}

}  // namespace
}  // namespace mgc::orchestrator
