#include "proxy/donor_server.hpp"

#include <fmt/format.h>
#include <mysql.h>

#include <charconv>
#include <utility>

namespace mgc::proxy {
namespace {

constexpr unsigned connect_timeout = 1;  // seconds
constexpr unsigned answer_timeout = 2;   // seconds
constexpr std::uint64_t log_header =
    12'288;  // of ib_logfile0 since 10.8: two checkpoints and the file's own header

// SHOW and not SELECT: it is answered while the server is not ready for queries (wsrep_sst_donor_rejects_queries).
constexpr auto status_query =
    "SHOW GLOBAL STATUS WHERE Variable_name IN ('Innodb_lsn_current', 'Innodb_lsn_last_checkpoint', "
    "'wsrep_local_recv_queue', 'wsrep_flow_control_paused_ns', 'wsrep_local_state_comment')";
constexpr auto log_size_query = R"(SHOW GLOBAL VARIABLES LIKE 'innodb\_log\_file\_size')";
constexpr auto sst_method_query = R"(SHOW GLOBAL VARIABLES LIKE 'wsrep\_sst\_method')";

using rows = std::vector<std::pair<std::string, std::string>>;

std::optional<std::string> find(const rows& found, std::string_view name) {
  for (const auto& [key, value] : found) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> find_number(const rows& found, std::string_view name) {
  const auto text = find(found, name);
  std::uint64_t number = 0;
  if (!text) return std::nullopt;
  const auto* const end = text->data() + text->size();
  const auto [rest, failed] = std::from_chars(text->data(), end, number);
  if (failed != std::errc{} || rest != end) return std::nullopt;
  return number;
}

}  // namespace

void donor_server::closer::operator()(st_mysql* connection) const { ::mysql_close(connection); }

server_login login_of(const sst_context& context) {
  return {context.arguments.socket, context.settings.user, context.settings.password};
}

donor_server::donor_server(server_login login) : login_{std::move(login)} {}
donor_server::~donor_server() = default;
donor_server::donor_server(donor_server&&) noexcept = default;

server_problem donor_server::failed(std::string_view doing) {
  server_problem problem{::mysql_errno(connection_.get()),
                         fmt::format("server at {}: {}: {} ({})", login_.socket, doing,
                                     ::mysql_error(connection_.get()), ::mysql_errno(connection_.get()))};
  connection_.reset();  // after an error nobody knows what a connection will answer next
  return problem;
}

std::optional<server_problem> donor_server::connect() {
  if (connection_) return std::nullopt;
  connection_.reset(::mysql_init(nullptr));
  if (!connection_) return server_problem{0, "no memory for a connection to the server"};
  const auto protocol = static_cast<unsigned>(MYSQL_PROTOCOL_SOCKET);
  ::mysql_options(connection_.get(), MYSQL_OPT_PROTOCOL, &protocol);
  ::mysql_options(connection_.get(), MYSQL_OPT_CONNECT_TIMEOUT, &connect_timeout);
  ::mysql_options(connection_.get(), MYSQL_OPT_READ_TIMEOUT, &answer_timeout);
  ::mysql_options(connection_.get(), MYSQL_OPT_WRITE_TIMEOUT, &answer_timeout);
  const auto* const user = login_.user.empty() ? nullptr : login_.user.c_str();
  const auto* const password = login_.password.empty() ? nullptr : login_.password.c_str();
  if (::mysql_real_connect(connection_.get(), nullptr, user, password, nullptr, 0, login_.socket.c_str(),
                           0) == nullptr) {
    return failed(fmt::format("cannot connect as {}", login_.user.empty() ? "this user" : login_.user));
  }
  return std::nullopt;
}

server_result<donor_server::rows> donor_server::query(const std::string& statement) {
  if (auto problem = connect()) return *std::move(problem);
  if (::mysql_real_query(connection_.get(), statement.data(), static_cast<unsigned long>(statement.size())) !=
      0) {
    return failed(statement);
  }
  const std::unique_ptr<MYSQL_RES, decltype(&::mysql_free_result)> found{
      ::mysql_store_result(connection_.get()), &::mysql_free_result};
  rows answer;
  if (!found) {
    if (::mysql_field_count(connection_.get()) != 0) return failed(statement);
    return answer;
  }
  while (auto* const row = ::mysql_fetch_row(found.get())) {
    if (::mysql_num_fields(found.get()) < 2 || row[0] == nullptr || row[1] == nullptr) continue;
    answer.emplace_back(row[0], row[1]);
  }
  return answer;
}

server_result<server_sample> donor_server::sample() {
  const auto status = query(status_query);
  if (!status) return status.error();
  const auto variables = query(log_size_query);
  if (!variables) return variables.error();
  const auto current = find_number(*status, "Innodb_lsn_current");
  const auto checkpoint = find_number(*status, "Innodb_lsn_last_checkpoint");
  const auto size = find_number(*variables, "innodb_log_file_size");
  if (!current || !checkpoint || !size || *size <= log_header) {
    return server_problem{
        0, fmt::format("server at {}: does not tell its InnoDB log's position and size", login_.socket)};
  }
  return server_sample{*current,
                       *checkpoint,
                       *size - log_header,
                       find_number(*status, "wsrep_local_recv_queue"),
                       find_number(*status, "wsrep_flow_control_paused_ns"),
                       find(*status, "wsrep_local_state_comment")};
}

server_result<std::string> donor_server::set_sst_method(std::string_view method) {
  const auto variables = query(sst_method_query);
  if (!variables) return variables.error();
  const auto before = find(*variables, "wsrep_sst_method");
  if (!before) return server_problem{0, fmt::format("server at {}: has no wsrep_sst_method", login_.socket)};
  if (*before == method) return *before;
  std::string escaped(2 * method.size() + 1, '\0');
  escaped.resize(::mysql_real_escape_string(connection_.get(), escaped.data(), method.data(),
                                            static_cast<unsigned long>(method.size())));
  const auto changed = query(fmt::format("SET GLOBAL wsrep_sst_method = '{}'", escaped));
  if (!changed) return changed.error();
  return *before;
}

}  // namespace mgc::proxy
