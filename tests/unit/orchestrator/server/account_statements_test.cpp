#include "orchestrator/server/account_statements.hpp"

#include <gmock/gmock.h>

namespace mgc::orchestrator {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> texts(const account_settings& accounts, const std::string& password = {},
                               const std::string& user = "root") {
  std::vector<std::string> all;
  for (const auto& one : account_statements(accounts, password, user)) all.push_back(one.text);
  return all;
}

TEST(Quoted, NothingEndsIt) {
  EXPECT_EQ(quoted(""), "''");
  EXPECT_EQ(quoted("it's"), "'it\\'s'");
  EXPECT_EQ(quoted("\\"), "'\\\\'");
  EXPECT_EQ(quoted(std::string_view{"a\0b", 3}), "'a\\0b'");
  EXPECT_EQ(quoted_name("a`b_%"), "`a``b_%`");
  EXPECT_EQ(quoted_name("a`b_%", true), "`a``b\\_\\%`");
}

TEST(Accounts, RootKeepsTheSocketBesideItsPassword) {
  EXPECT_THAT(texts({}, "pw"), Contains("ALTER USER root@localhost IDENTIFIED VIA unix_socket OR "
                                        "mysql_native_password USING PASSWORD('pw')"));
  EXPECT_THAT(texts({}), Not(Contains(HasSubstr("root@"))));
}

TEST(Accounts, RootFromElsewhereNeedsAPassword) {
  account_settings accounts;
  accounts.root_host = "%";
  EXPECT_THAT(texts(accounts, "pw"), Contains("CREATE OR REPLACE USER 'root'@'%' IDENTIFIED BY 'pw'"));
  EXPECT_THAT(texts(accounts), Not(Contains(HasSubstr("'root'@'%'"))));
  accounts.root_host = "localhost";
  EXPECT_THAT(texts(accounts, "pw"), Not(Contains(HasSubstr("CREATE OR REPLACE USER"))));
}

TEST(Accounts, UserIsGrantedWhatIsAsked) {
  account_settings accounts;
  accounts.user = "app";
  accounts.user_password = secret{"pw"};
  EXPECT_THAT(texts(accounts), Contains("CREATE USER 'app'@'%' IDENTIFIED BY 'pw'"));
  EXPECT_THAT(texts(accounts), Contains("GRANT ALL ON *.* TO 'app'@'%'"));
  accounts.user_database = "my_shop";
  accounts.user_grant = true;
  accounts.user_host = "10.%";
  EXPECT_THAT(texts(accounts), Contains("GRANT ALL ON `my\\_shop`.* TO 'app'@'10.%' WITH GRANT OPTION"));
}

TEST(Accounts, ServersUserIsLetInByTheSocket) {
  EXPECT_THAT(texts({}, {}, "mysql"),
              Contains("CREATE OR REPLACE USER 'mysql'@'localhost' IDENTIFIED VIA unix_socket"));
}

TEST(Accounts, PurposesTellNoSecret) {
  account_settings accounts;
  accounts.user = "app";
  accounts.root_host = "%";
  accounts.user_password = secret{"hidden"};
  for (const auto& one : account_statements(accounts, "hidden", "mysql"))
    EXPECT_THAT(one.purpose, Not(HasSubstr("hidden")));
}

TEST(Password, IsOfSignsThatNeedNoQuotes) {
  std::string random;
  for (int i = 0; i < 256; ++i) random += static_cast<char>(i);
  const auto password = password_of(random);
  EXPECT_EQ(password.size(), 256U);
  EXPECT_EQ(password.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
            std::string::npos);
}

}  // namespace
}  // namespace mgc::orchestrator
