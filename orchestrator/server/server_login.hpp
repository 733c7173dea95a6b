#pragma once

// The node's own server, by whichever login it lets us in: as our OS user (unix_socket), as the server's (the same), else as root with the configured
// password. I/O ring; blocks; one thread at a time.

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/config/node_settings.hpp"
#include "proxy/server_connection.hpp"

namespace mgc::orchestrator {

struct local_login {
  proxy::server_login what;
  std::optional<uid_t> as;  // whom the socket has to see; unset: us
};

class local_server {
 public:
  explicit local_server(const node_settings& settings,
                        std::chrono::seconds patience = std::chrono::seconds{2});

  // As server_connection's. When the server lets in none of the logins, the error says what to do.
  proxy::server_result<proxy::server_connection::rows> query(const std::string& statement,
                                                             std::string_view doing = {});

  bool refused() const { return refused_; }  // the last query failed because of the login
  std::string version() const { return connection_.version(); }
  // The one that was used last.
  const proxy::server_login& login() const { return connection_.login(); }

 private:
  proxy::server_result<proxy::server_connection::rows> ask(const std::string& statement,
                                                           std::string_view doing);

  std::vector<local_login> logins_;
  std::optional<uid_t> as_;  // of the present login
  std::chrono::seconds patience_;
  proxy::server_connection connection_;
  bool refused_ = false;
};

}  // namespace mgc::orchestrator
