#include "orchestrator/server/server_login.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "orchestrator/server/server_host.hpp"

namespace mgc::orchestrator {
namespace {

std::vector<proxy::server_login> logins_of(const node_settings& settings) {
  std::vector<proxy::server_login> logins{{settings.socket, own_os_user(), {}}};
  if (!settings.accounts.root_password.empty())
    logins.push_back({settings.socket, "root", settings.accounts.root_password.reveal()});
  return logins;
}

// ER_DBACCESS_DENIED_ERROR, ER_ACCESS_DENIED_ERROR, ER_ACCESS_DENIED_NO_PASSWORD_ERROR, ER_HOST_NOT_PRIVILEGED, and a
// login by a plugin that is not there; and ER_ACCOUNT_HAS_BEEN_LOCKED.
bool is_refusal(unsigned number) {
  constexpr std::array<unsigned, 6> refusals{1044, 1045, 1698, 1130, 1524, 4151};
  return std::find(refusals.begin(), refusals.end(), number) != refusals.end();
}

}  // namespace

local_server::local_server(const node_settings& settings, std::chrono::seconds patience)
    : logins_{logins_of(settings)}, patience_{patience}, connection_{logins_.front(), patience} {}

proxy::server_result<proxy::server_connection::rows> local_server::query(const std::string& statement,
                                                                         std::string_view doing) {
  auto answer = connection_.query(statement, doing);
  refused_ = !answer && is_refusal(answer.error().number);
  for (auto login = logins_.begin(); refused_ && login != logins_.end(); ++login) {
    connection_ = proxy::server_connection{*login, patience_};
    answer = connection_.query(statement, doing);
    refused_ = !answer && is_refusal(answer.error().number);
  }
  if (refused_)
    return proxy::server_problem{
        answer.error().number,
        fmt::format(
            "{}; mgc is let in as {}@localhost with unix_socket, or as root@localhost with the configured "
            "mysql_root_password: create the one (CREATE USER {}@localhost IDENTIFIED VIA unix_socket; GRANT "
            "ALL ON *.* TO {}@localhost WITH GRANT OPTION) or correct the other",
            answer.error().text, logins_.front().user, logins_.front().user, logins_.front().user)};
  return answer;
}

}  // namespace mgc::orchestrator
