#pragma once

// What a node does next about its cluster: join it, found it, or wait, and why. A pure function of what was learned; the
// four promises that it keeps, whatever crashes, restarts and partitions there are:
//
//   1. Two nodes never bootstrap two Primaries of one cluster.
//   2. Who bootstraps holds every transaction that was ever acknowledged, or nobody bootstraps.
//   3. No node's data is replaced by a history that does not contain it, unless the operator said so.
//   4. When the needed nodes are up and can talk, the cluster forms without help.
//
// Somebody who was not heard is unknown, never absent. `bootstrap` is a proposal: ballot_box.hpp makes sure that what it
// rests on still holds at one moment everywhere. Core; no clock.

#include <set>
#include <string>
#include <variant>
#include <vector>

#include "orchestrator/election/node_report.hpp"

namespace mgc::orchestrator {

struct knowledge {
  node_report self;
  std::vector<node_report> heard;    // peers that answered just now
  std::vector<node_number> cluster;  // all configured nodes, me among them
  bool allow_data_replace = false;   // the operator's leave to lose this node's data for the cluster's
  bool force = false;                // the operator's order to bootstrap here
  bool cut_off_for_long = false;  // my server is non-Primary longer than Galera needs to heal that by itself
  bool counted_in = false;        // the Primary's group still counts my last server, which ended just now
};

// A Primary is there: start the server as a member of it.
struct join {
  node_number primary = 0;  // one that said so
  bool replace = false;     // our data has to go first (allow_data_replace)
  std::string why;
};

// Found a Primary with the data that is here. When the server runs, it is told to (pc.bootstrap), else started to.
struct bootstrap {
  std::set<node_number>
      electors;     // all that must agree at one moment, me among them: a majority at the least
  std::string why;  // the proof
};

// The server runs cut off, and somebody else is to found the Primary: stop it.
struct stand_down {
  std::string why;
};

// `hopeless`: waiting alone will not help; `why` says what an operator can do.
struct wait {
  std::set<node_number> for_whom;
  std::string why;
  bool hopeless = false;
};

using decision = std::variant<join, bootstrap, stand_down, wait>;

// For a node whose server is down or cut off. (One that is starting or Primary has nothing to decide.)
decision decide(const knowledge& known);

std::string reason_of(const decision& what);

// "crashed at 6f1c...:42", "empty": for operators.
std::string describe(const local_data& data);

}  // namespace mgc::orchestrator
