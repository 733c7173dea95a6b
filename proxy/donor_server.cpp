#include "proxy/donor_server.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace mgc::proxy {
namespace {

constexpr std::uint64_t log_header =
    12'288;  // of ib_logfile0 since 10.8: two checkpoints and the file's own header

// SHOW and not SELECT: it is answered while the server is not ready for queries (wsrep_sst_donor_rejects_queries).
constexpr auto status_query =
    "SHOW GLOBAL STATUS WHERE Variable_name IN ('Innodb_lsn_current', 'Innodb_lsn_last_checkpoint', "
    "'wsrep_local_recv_queue', 'wsrep_flow_control_paused_ns', 'wsrep_local_state_comment')";
constexpr auto log_size_query = R"(SHOW GLOBAL VARIABLES LIKE 'innodb\_log\_file\_size')";
constexpr auto sst_method_query = R"(SHOW GLOBAL VARIABLES LIKE 'wsrep\_sst\_method')";

using rows = server_connection::rows;

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

server_login login_of(const sst_context& context) {
  return {context.arguments.socket, context.settings.user, context.settings.password};
}

donor_server::donor_server(server_login login) : server_{std::move(login)} {}

server_result<server_sample> donor_server::sample() {
  const auto status = server_.query(status_query);
  if (!status) return status.error();
  const auto variables = server_.query(log_size_query);
  if (!variables) return variables.error();
  const auto current = find_number(*status, "Innodb_lsn_current");
  const auto checkpoint = find_number(*status, "Innodb_lsn_last_checkpoint");
  const auto size = find_number(*variables, "innodb_log_file_size");
  if (!current || !checkpoint || !size || *size <= log_header) {
    return server_problem{0, fmt::format("server at {}: does not tell its InnoDB log's position and size",
                                         server_.login().socket)};
  }
  return server_sample{*current,
                       *checkpoint,
                       *size - log_header,
                       find_number(*status, "wsrep_local_recv_queue"),
                       find_number(*status, "wsrep_flow_control_paused_ns"),
                       find(*status, "wsrep_local_state_comment")};
}

server_result<std::string> donor_server::set_sst_method(std::string_view method) {
  const auto variables = server_.query(sst_method_query);
  if (!variables) return variables.error();
  const auto before = find(*variables, "wsrep_sst_method");
  if (!before)
    return server_problem{0, fmt::format("server at {}: has no wsrep_sst_method", server_.login().socket)};
  if (*before == method) return *before;
  const auto changed =
      server_.query(fmt::format("SET GLOBAL wsrep_sst_method = '{}'", server_.escape(method)));
  if (!changed) return changed.error();
  return *before;
}

}  // namespace mgc::proxy
