#include "orchestrator/server/server_observation.hpp"

#include <charconv>
#include <string_view>

#include "orchestrator/server/grastate.hpp"

namespace mgc::orchestrator {
namespace {

void read(const status_values& values, const char* name, std::string& into) {
  if (const auto found = values.find(name); found != values.end()) into = found->second;
}

template <class Number>
void read(const status_values& values, const char* name, Number& into) {
  std::string text;
  read(values, name, text);
  Number number{};
  const auto* const end = text.data() + text.size();
  const auto [rest, failed] = std::from_chars(text.data(), end, number);
  if (failed == std::errc{} && rest == end) into = number;
}

bool is_member(const server_observation& now) {
  return now.primary_component &&
         (now.state == "Synced" || now.state == "Joined" || now.state.starts_with("Donor"));
}

}  // namespace

server_observation observe(const status_values& values) {
  server_observation seen;
  seen.answers = true;
  read(values, "threads_connected", seen.threads_connected);
  read(values, "wsrep_cluster_status", seen.cluster_status);
  seen.galera = !seen.cluster_status.empty() && values.contains("wsrep_local_state_comment");
  if (!seen.galera) return seen;
  std::string ready;
  read(values, "wsrep_ready", ready);
  seen.ready = ready == "ON";
  seen.primary_component = seen.cluster_status == "Primary";
  read(values, "wsrep_cluster_size", seen.cluster_size);
  read(values, "wsrep_cluster_conf_id", seen.configuration);
  std::string history;
  read(values, "wsrep_cluster_state_uuid", history);
  if (auto parsed = parse_history(history)) seen.history = *std::move(parsed);
  read(values, "wsrep_local_state_comment", seen.state);
  if (int number = 0; values.contains("wsrep_local_state")) {
    read(values, "wsrep_local_state", number);
    seen.local_state = number;
  }
  read(values, "wsrep_last_committed", seen.last_committed);
  read(values, "wsrep_incoming_addresses", seen.incoming_addresses);
  read(values, "wsrep_local_recv_queue", seen.receive_queue);
  read(values, "wsrep_flow_control_paused_ns", seen.flow_control_paused_ns);
  read(values, "wsrep_gcomm_uuid", seen.gcomm_id);
  return seen;
}

server_state state_of(const server_observation& now, server_state before) {
  if (!now.answers) return before == server_state::down ? server_state::starting : before;
  if (!now.galera || is_member(now)) return server_state::primary;
  if (now.primary_component) return server_state::starting;  // it receives what it lacks
  return before == server_state::primary || before == server_state::non_primary ? server_state::non_primary
                                                                                : server_state::starting;
}

}  // namespace mgc::orchestrator
