#pragma once

// Who may bootstrap: how a node gives its leave for it, and how a candidate collects that of a majority and of everybody
// its proof rests on. Both sides in one object, because a node is both. Core: no clock, no I/O; one thread.
//
// A ballot has two rounds. In the first, each elector that is down says what it has and keeps still for this candidate;
// it may change its mind at any time. The candidate decides again by those answers alone. In the second it asks each to
// confirm: one that has kept still since writes the pledge to its journal and answers. When all have, there was a moment at which all of
// them were down with the data they told, so nobody had a Primary; and none of them agrees to another one until the pledge
// is redeemed. Then, and only then, the server starts. A pledge has no end by time: it ends when
//   - the candidate says that the ballot came to nothing,
//   - this node has become a member of the epoch that the ballot opened, or of a later one,
// and until then whoever wants to bootstrap must have heard the candidate, with its memory, among the electors.

#include <optional>
#include <set>
#include <string>
#include <variant>

#include "orchestrator/election/decision.hpp"
#include "orchestrator/election/journal.hpp"

namespace mgc::orchestrator {

// ---- between nodes

struct canvass {  // first round
  ballot what;
  history_id history;  // the candidate's
  seqno position = no_seqno;
  data_kind kind = data_kind::empty;
  bool running = false;  // its server runs, cut off, and will be told to; else it is down
  bool forced = false;   // the operator's order: data is not compared
};
struct confirm {  // second round
  ballot what;
};
struct withdraw {  // it came to nothing
  ballot what;
};
// A node that has data or will have: "I am about to join you". A Primary's member remembers it before it answers.
struct announce {
  node_number node = 0;
  std::string memory = {};  // the identity of its journal
};
using peer_request = std::variant<canvass, confirm, withdraw, announce>;

struct peer_answer {
  bool agreed = false;
  std::string why;  // not agreed
  node_report report;
};

// ---- an elector

// What is changed in `memory` must be durable before the answer is sent. `me` is this node's report as it is now.
class elector {
 public:
  peer_answer answer(const peer_request& request, const node_report& me, const knowledge& known,
                     journal& memory);

  // This node is about to start its server, or to collect votes itself: who was agreed to in a first round learns in the second that
  // it does not hold any more.
  void forget() { still_for_.reset(); }
  const std::optional<ballot>& still_for() const { return still_for_; }

 private:
  peer_answer to(const canvass& asked, const node_report& me, const knowledge& known, const journal& memory);
  peer_answer to(const confirm& asked, const node_report& me, const knowledge& known, journal& memory);

  std::optional<ballot> still_for_;
  local_data told_;  // what the first round's answer said
};

// ---- a candidate

// One attempt. Feed it the answers of each round; ask what to do when all have answered or failed.
class candidacy {
 public:
  // Notes the ballot in `memory`, which must be durable before anything is sent.
  candidacy(const bootstrap& proposal, const knowledge& known, journal& memory, std::string id);

  const ballot& what() const { return what_; }
  canvass first_round() const;
  const std::set<node_number>& asked() const { return asked_; }
  void answered(node_number who, const peer_answer& how);  // of the present round
  void not_answered(node_number who, std::string why);
  // By the answers of the first round alone: go on to the second, with those in confirmers(), or why not.
  bool may_go_on();
  const std::set<node_number>& confirmers() const { return confirmers_; }
  // After the second: all have confirmed.
  bool elected() const;
  const std::string& why_not() const { return why_not_; }

 private:
  ballot what_;
  knowledge known_;
  std::set<node_number> asked_;
  std::set<node_number> confirmers_;
  std::set<node_number> confirmed_;
  std::vector<node_report> told_;
  std::string why_not_;
  bool second_round_ = false;
  bool refused_by_primary_ = false;
  bool refused_ = false;
};

}  // namespace mgc::orchestrator
