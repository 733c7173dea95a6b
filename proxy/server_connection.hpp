#pragma once

// A connection to a server on this machine, over its socket. The server may be slow, refuse, or go away at any time; a call then
// fails within seconds, and the next one connects again. I/O ring; blocks; one thread at a time.

#include <boost/system/result.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct st_mysql;

namespace mgc::proxy {

struct server_login {
  std::string socket;
  std::string user;  // empty: the one this process runs as
  std::string password;
};

// What went wrong, for the log: what was being done, where, and the server's or the client library's words.
struct server_problem {
  unsigned number =
      0;  // of the error, as the server counts them; 0: it answered, but not with what was asked for
  std::string text;
};

template <class T>
using server_result = boost::system::result<T, server_problem>;

class server_connection {
 public:
  // `patience`: how long an answer may take, in whole seconds.
  explicit server_connection(server_login login, std::chrono::seconds patience = std::chrono::seconds{2});
  ~server_connection();
  server_connection(server_connection&&) noexcept;
  server_connection& operator=(server_connection&&) noexcept;

  const server_login& login() const { return login_; }

  // The first two columns of the answer's rows, those without a NULL. `doing`, when not empty, stands for the statement in
  // what is said of a failure: for statements with secrets.
  using rows = std::vector<std::pair<std::string, std::string>>;
  server_result<rows> query(const std::string& statement, std::string_view doing = {});

  // To be put between single quotes. Of a connection that is there: after a query().
  std::string escape(std::string_view text);

  // As the server greeted us; empty when there is no connection.
  std::string version() const;

 private:
  struct closer {
    void operator()(st_mysql* connection) const;
  };

  std::optional<server_problem> connect();
  server_problem failed(std::string_view doing);

  server_login login_;
  std::chrono::seconds patience_;
  std::unique_ptr<st_mysql, closer> connection_;
};

}  // namespace mgc::proxy
