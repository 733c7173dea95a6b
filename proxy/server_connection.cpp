#include "proxy/server_connection.hpp"

#include <fmt/format.h>
#include <mysql.h>

#include "proxy/os_user.hpp"

namespace mgc::proxy {
namespace {

constexpr unsigned connect_timeout = 1;  // seconds

}  // namespace

void server_connection::closer::operator()(st_mysql* connection) const { ::mysql_close(connection); }

server_connection::server_connection(server_login login, std::chrono::seconds patience)
    : login_{std::move(login)}, patience_{patience} {}
server_connection::~server_connection() = default;
server_connection::server_connection(server_connection&&) noexcept = default;
server_connection& server_connection::operator=(server_connection&&) noexcept = default;

server_problem server_connection::failed(std::string_view doing) {
  server_problem problem{::mysql_errno(connection_.get()),
                         fmt::format("server at {}: {}: {} ({})", login_.socket, doing,
                                     ::mysql_error(connection_.get()), ::mysql_errno(connection_.get()))};
  connection_.reset();  // after an error nobody knows what a connection will answer next
  return problem;
}

std::optional<server_problem> server_connection::connect() {
  if (connection_) return std::nullopt;
  connection_.reset(::mysql_init(nullptr));
  if (!connection_) return server_problem{0, "no memory for a connection to the server"};
  const auto answer_timeout = static_cast<unsigned>(patience_.count());
  const auto protocol = static_cast<unsigned>(MYSQL_PROTOCOL_SOCKET);
  ::mysql_options(connection_.get(), MYSQL_OPT_PROTOCOL, &protocol);
  ::mysql_options(connection_.get(), MYSQL_OPT_CONNECT_TIMEOUT, &connect_timeout);
  ::mysql_options(connection_.get(), MYSQL_OPT_READ_TIMEOUT, &answer_timeout);
  ::mysql_options(connection_.get(), MYSQL_OPT_WRITE_TIMEOUT, &answer_timeout);
  // The library would ask the system for the name in a way that is not safe with threads.
  const auto user = login_.user.empty() ? own_os_user() : login_.user;
  const auto* const password = login_.password.empty() ? nullptr : login_.password.c_str();
  if (::mysql_real_connect(connection_.get(), nullptr, user.empty() ? nullptr : user.c_str(), password,
                           nullptr, 0, login_.socket.c_str(), 0) == nullptr) {
    return failed(fmt::format("cannot connect as {}", login_.user.empty() ? "this user" : login_.user));
  }
  return std::nullopt;
}

server_result<server_connection::rows> server_connection::query(const std::string& statement,
                                                                std::string_view doing) {
  if (doing.empty()) doing = statement;
  if (auto problem = connect()) return *std::move(problem);
  if (::mysql_real_query(connection_.get(), statement.data(), static_cast<unsigned long>(statement.size())) !=
      0) {
    return failed(doing);
  }
  const std::unique_ptr<MYSQL_RES, decltype(&::mysql_free_result)> found{
      ::mysql_store_result(connection_.get()), &::mysql_free_result};
  rows answer;
  if (!found) {
    if (::mysql_field_count(connection_.get()) != 0) return failed(doing);
    return answer;
  }
  while (auto* const row = ::mysql_fetch_row(found.get())) {
    if (::mysql_num_fields(found.get()) < 2 || row[0] == nullptr || row[1] == nullptr) continue;
    answer.emplace_back(row[0], row[1]);
  }
  return answer;
}

std::string server_connection::escape(std::string_view text) {
  std::string escaped(2 * text.size() + 1, '\0');
  escaped.resize(::mysql_real_escape_string(connection_.get(), escaped.data(), text.data(),
                                            static_cast<unsigned long>(text.size())));
  return escaped;
}

std::string server_connection::version() const {
  return connection_ ? ::mysql_get_server_info(connection_.get()) : std::string{};
}

}  // namespace mgc::proxy
