#pragma once

// What the server says of itself at one moment, and what that comes to. Core.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/election/node_report.hpp"

namespace mgc::orchestrator {

struct server_observation {
  bool answers = false;
  bool refused = false;  // it answers, but not to us: the login
  std::string problem;   // why not: for the log
  std::string version;   // "10.11.19-MariaDB-..."
  unsigned threads_connected = 0;

  // Without Galera: as they are here.
  bool galera = false;
  bool ready = false;              // wsrep_ready
  bool primary_component = false;  // wsrep_cluster_status is Primary
  std::string cluster_status;      // "Primary", "non-Primary", "Disconnected"
  unsigned cluster_size = 0;
  std::uint64_t configuration = 0;  // wsrep_cluster_conf_id
  history_id history;               // wsrep_cluster_state_uuid
  std::string state;                // wsrep_local_state_comment: "Synced"
  std::optional<int> local_state;   // wsrep_local_state: 4 is Synced
  seqno last_committed = no_seqno;
  std::string incoming_addresses;  // of the members: "10.0.0.1:3307,10.0.0.2:3307"
  std::vector<std::string>
      applied_members;  // of the last component whose beginning has been applied, by Galera's UUIDs, sorted
  std::uint64_t receive_queue = 0;
  std::uint64_t flow_control_paused_ns = 0;
  std::string gcomm_id;  // this run of this node, in Galera's words
};

using status_values = std::map<std::string, std::string>;  // names in lower case

// From SHOW GLOBAL STATUS. What is missing or no number stays as it is.
server_observation observe(const status_values& values);

// Of a server that runs. It is `starting` until it was in a Primary component for the first time, or receives a state
// transfer; it is `primary` while it is synced, donor or joined in one, and `non_primary` when it is in none any more. One that does not
// answer is what it was before: a busy server is still a member. A server without Galera is primary when it answers.
server_state state_of(const server_observation& now, server_state before);

}  // namespace mgc::orchestrator
