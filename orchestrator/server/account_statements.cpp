#include "orchestrator/server/account_statements.hpp"

#include <fmt/format.h>

namespace mgc::orchestrator {
namespace {

std::string account(std::string_view user, std::string_view host) {
  return fmt::format("{}@{}", quoted(user), quoted(host));
}

// The name that grants nothing by another's: empty and "*" stand for everything.
std::string granted(const std::string& database) {
  return database.empty() || database == "*" ? "*.*" : quoted_name(database, true) + ".*";
}

bool is_local(const std::string& host) { return host.empty() || host == "localhost"; }

void add_root(std::vector<account_statement>& all, const account_settings& accounts,
              const std::string& password) {
  if (password.empty()) return;
  all.push_back(
      {"the password of root@localhost",
       fmt::format("ALTER USER root@localhost IDENTIFIED VIA unix_socket OR mysql_native_password USING "
                   "PASSWORD({})",
                   quoted(password))});
  if (is_local(accounts.root_host)) return;
  const auto root = account("root", accounts.root_host);
  all.push_back({"the user " + root,
                 fmt::format("CREATE OR REPLACE USER {} IDENTIFIED BY {}", root, quoted(password))});
  all.push_back({"the rights of " + root, fmt::format("GRANT ALL ON *.* TO {} WITH GRANT OPTION", root)});
}

void add_user(std::vector<account_statement>& all, const account_settings& accounts) {
  if (accounts.user.empty()) return;
  const auto user = account(accounts.user, accounts.user_host.empty() ? "%" : accounts.user_host);
  all.push_back({"the user " + user, fmt::format("CREATE USER {} IDENTIFIED BY {}", user,
                                                 quoted(accounts.user_password.reveal()))});
  all.push_back(
      {"the rights of " + user, fmt::format("GRANT ALL ON {} TO {}{}", granted(accounts.user_database), user,
                                            accounts.user_grant ? " WITH GRANT OPTION" : "")});
}

}  // namespace

std::string quoted(std::string_view text) {
  std::string safe = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') safe += '\\';
    if (c == '\0') {
      safe += "\\0";
    } else {
      safe += c;
    }
  }
  return safe + "'";
}

std::string quoted_name(std::string_view name, bool in_grant) {
  std::string safe = "`";
  for (const char c : name) {
    if (c == '`') safe += '`';
    if (in_grant && (c == '_' || c == '%' || c == '\\')) safe += '\\';
    safe += c;
  }
  return safe + "`";
}

std::vector<account_statement> account_statements(const account_settings& accounts,
                                                  const std::string& root_password,
                                                  const std::string& os_user) {
  std::vector<account_statement> all{
      {"the session's mode", "SET SESSION sql_mode = ''"},
      {"the session's character set", "SET NAMES utf8mb4"},
      {"no users without a name", "DELETE FROM mysql.global_priv WHERE User = ''"},
      {"no users without a name", "FLUSH PRIVILEGES"},
  };
  if (!os_user.empty() && os_user != "root") {
    const auto user = account(os_user, "localhost");
    all.push_back(
        {"the user " + user, fmt::format("CREATE OR REPLACE USER {} IDENTIFIED VIA unix_socket", user)});
    all.push_back({"the rights of " + user, fmt::format("GRANT ALL ON *.* TO {} WITH GRANT OPTION", user)});
  }
  if (!accounts.database.empty())
    all.push_back({"the database " + accounts.database,
                   fmt::format("CREATE DATABASE IF NOT EXISTS {}", quoted_name(accounts.database))});
  add_user(all, accounts);
  add_root(all, accounts, root_password);
  return all;
}

std::string password_of(std::string_view random) {
  constexpr std::string_view signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string password;
  for (const char byte : random) password += signs[static_cast<unsigned char>(byte) % signs.size()];
  return password;
}

}  // namespace mgc::orchestrator
