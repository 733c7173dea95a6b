#include "orchestrator/server/server_login.hpp"

#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "orchestrator/server/server_host.hpp"
#include "proxy/os_user.hpp"

namespace mgc::orchestrator {
namespace {

std::optional<uid_t> id_of(const std::string& user) {
  const auto found = proxy::find_os_user(user);
  return found ? std::optional{found->user} : std::nullopt;
}

// While it lives the calling thread alone is another user to whom it connects to. (glibc's seteuid would change all threads.)
class acting_as {
 public:
  explicit acting_as(std::optional<uid_t> user) : active_{user && become(*user)} {}
  acting_as(const acting_as&) = delete;
  acting_as& operator=(const acting_as&) = delete;
  ~acting_as() {
    if (active_ && !become(0)) std::abort();  // as somebody else nothing here would work
  }

 private:
  static bool become(uid_t user) { return ::syscall(SYS_setresuid, -1, user, -1) == 0; }
  bool active_;
};

// Who may be let in: as we are, by unix_socket; as the server's user, who has an account of the same kind; as root by password.
std::vector<local_login> logins_of(const node_settings& settings) {
  std::vector<local_login> logins{{{settings.socket, proxy::own_os_user(), {}}, {}}};
  if (::geteuid() == 0 && !settings.server_user.empty() && settings.server_user != "root")
    logins.push_back({{settings.socket, settings.server_user, {}}, id_of(settings.server_user)});
  if (!settings.accounts.root_password.empty())
    logins.push_back({{settings.socket, "root", settings.accounts.root_password.reveal()}, {}});
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
    : logins_{logins_of(settings)}, patience_{patience}, connection_{logins_.front().what, patience} {}

proxy::server_result<proxy::server_connection::rows> local_server::query(const std::string& statement,
                                                                         std::string_view doing) {
  auto answer = ask(statement, doing);
  refused_ = !answer && is_refusal(answer.error().number);
  for (auto login = logins_.begin(); refused_ && login != logins_.end(); ++login) {
    connection_ = proxy::server_connection{login->what, patience_};
    as_ = login->as;
    answer = ask(statement, doing);
    refused_ = !answer && is_refusal(answer.error().number);
  }
  if (refused_)
    return proxy::server_problem{
        answer.error().number,
        fmt::format(
            "{}; mgc is let in as {}@localhost with unix_socket, or as root@localhost with the configured "
            "mysql_root_password: create the one (CREATE USER {}@localhost IDENTIFIED VIA unix_socket; GRANT "
            "ALL ON *.* TO {}@localhost WITH GRANT OPTION) or correct the other",
            answer.error().text, logins_.front().what.user, logins_.front().what.user,
            logins_.front().what.user)};
  return answer;
}

proxy::server_result<proxy::server_connection::rows> local_server::ask(const std::string& statement,
                                                                       std::string_view doing) {
  const acting_as somebody{as_};
  return connection_.query(statement, doing);
}

}  // namespace mgc::orchestrator
