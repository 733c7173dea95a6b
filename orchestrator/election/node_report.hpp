#pragma once

// What a node says of itself: its data, its server, and what it has promised. Peers exchange it, decide() reads it, `mgc
// status` shows it. Core: plain data.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/election/history.hpp"

namespace mgc::orchestrator {

using node_number = unsigned;  // 3 for node3

// Stands for a member that nobody has configured: it has no vote, and cannot be asked what it has.
inline constexpr node_number unlisted = 0;

// Nodes, each with the identity that its journal had then; empty: not known.
using companions_by_memory = std::map<node_number, std::string>;

// What is in the data directory, as its files say.
enum class data_kind {
  empty,    // nothing, or nothing of a server
  plain,    // a server's data that has never been in a cluster
  clean,    // the server was stopped: position from grastate.dat
  crashed,  // it was not: position by --wsrep-recover
  aborted,  // a state transfer into it did not end: nothing in there can be used
  unsafe,  // grastate.dat has the UUID of zeros but no transfer was running (a crash within DDL): never bootstraps
};

// The Primary component that Galera recorded last (gvwstate.dat), which only a crash leaves behind. Galera writes it when the group
// has agreed on it, at which moment transactions from before may still wait to be applied: it says who was there, not what they have.
struct recorded_view {
  std::string me;                    // this node, by Galera's UUID for its run
  std::vector<std::string> members;  // with me, by the same
  std::uint64_t number = 0;          // Galera's own count, which grows with each view of a component
  std::uint64_t epoch = 0;           // in which mgc was when it was recorded; 0: not known
  bool applied = false;              // mgc has seen since that all from before it is in this node's data
  bool operator==(const recorded_view&) const = default;
};

struct local_data {
  data_kind kind = data_kind::empty;
  history_id history;         // clean, crashed; unsafe when --wsrep-recover knew it
  seqno position = no_seqno;  // the same
  bool last_one =
      false;  // Galera wrote safe_to_bootstrap: 1 with a history: nobody was in the component after it
  std::optional<recorded_view> view;
  bool operator==(const local_data&) const = default;
};

enum class server_state {
  down,
  starting,     // it runs, and is not yet a member of anything, or receives a state transfer
  primary,      // a member of the Primary component (synced, donor, joined)
  non_primary,  // it was one, and is cut off
};

// A bootstrap that a node has asked leave for.
struct ballot {
  std::string id;  // random, of 128 bits
  node_number candidate = 0;
  std::string memory;       // of the candidate: the identity of its journal
  std::uint64_t epoch = 0;  // the number of the epoch it would open
  bool operator==(const ballot&) const = default;
};

struct node_report {
  node_number node = 0;
  std::string run;  // random for each start of mgc; another one: it was restarted in between
  std::vector<std::string>
      nodes;  // node1..N as this node has them configured, "1=10.0.0.1"; must be equal for an election
  std::string cluster_name;

  server_state server = server_state::down;
  local_data data;                 // of a server that runs: what it says itself; `view` its last Primary view
  lineage epochs;                  // of which this node is or was a member; empty when that is not certain
  seqno noted_at = no_seqno;       // the position at which they were whole
  std::uint64_t newest_epoch = 0;  // that it knows it may have been in
  companions_by_memory companions;  // who may have been a member of this history after, or with, this node
  bool untouched = false;           // no data, and its journal remembers that there never was any
  bool caught_up = false;           // a synced member to which nothing was left to apply
  std::vector<std::string>
      members;  // of the Primary that this node is a member of: the addresses of their servers, "10.0.0.2:3307"
  std::vector<ballot> pledges;     // bootstraps it has agreed to and does not know the outcome of
  std::string memory;              // the identity of its journal: another one after its disk was lost
  std::optional<ballot> campaign;  // one of its own that is open now

  // For people and for the choice of methods; no decision rests on it.
  std::string phase;   // "waiting", "starting", "supervising", ...
  std::string reason;  // why, in words
  std::string server_version;
  std::string wsrep_state;  // "Synced", "Donor/Desynced", ...
  unsigned cluster_size = 0;
};

}  // namespace mgc::orchestrator
