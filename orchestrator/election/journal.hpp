#pragma once

// What a node must not forget for the election, whatever happens to its datadir: it is kept beside it, in
// LOCK_DIR/election.json, written to a new file and renamed, both synced, before what rests on it is done. Core: the
// contents and their text; journal_file.hpp reads and writes it.

#include <boost/system/result.hpp>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/election/node_report.hpp"

namespace mgc::orchestrator {

struct journal {
  std::string memory;  // random, made with the file: who does not have it any more has forgotten all below
  history_id history;  // of which `epochs` and `companions` speak
  lineage epochs;      // of which this node was a member for certain
  seqno noted_at = no_seqno;  // the position at which that was so
  companions_by_memory
      companions;  // members of the last Primary component that this node saw, and who left it unseen
  companions_by_memory expected;  // who announced to join and was not seen as a member since
  std::vector<ballot> pledges;
  std::optional<ballot> campaign;    // a ballot of its own: open, or its bootstrap was begun
  bool bootstrapping = false;        // ... begun, with no member seen since
  seqno bootstrapped_at = no_seqno;  // ... with this position
  bool wrote_safe = false;    // grastate.dat's safe_to_bootstrap is our writing, not yet Galera's again
  bool untouched = false;     // there has never been any data since this journal was made
  bool uncertain = false;     // the server ran since, and was not seen as a member: `epochs` may lack some
  std::uint64_t joining = 0;  // the newest epoch that it may have been in meanwhile
  std::optional<recorded_view> view;  // moved here from gvwstate.dat before a start
  seqno view_position = no_seqno;     // the position of the data when it was

  std::optional<recorded_view>
      applied;  // the last one that was seen in force, with all from before it in the data

  bool operator==(const journal&) const = default;
};

std::string to_text(const journal& what);

// What is wrong with it, for the operator: "FILE ...".
struct journal_problem {
  std::string text;
};
boost::system::result<journal, journal_problem> parse_journal(std::string_view text);

// The first one of a node. Data that is a cluster's already says nothing of who else was in it: then it may be anyone.
journal new_journal(std::string memory, const local_data& data, const std::set<node_number>& cluster);

// ---- what changes it, apart from ballots

// The server is a member of the Primary component with this history, lineage and members. `down` are nodes whose server is down,
// by their own word: they will announce themselves before they come back.
void became_member(journal& memory, const history_id& history, const lineage& epochs, seqno position,
                   const companions_by_memory& members, const std::set<node_number>& down);

// There is something in the data directory.
void saw_data(journal& memory);

// The server runs and is cut off: what it will be a member of next is not known until became_member().
void was_cut_off(journal& memory);

// The node is about to join the Primary with this newest epoch; its view, if it has one, goes from gvwstate.dat to here.
void about_to_join(journal& memory, std::uint64_t newest_epoch, const local_data& data);

// It was elected: the epoch that it opens when its server is Primary. `writes_safe`: grastate.dat is going to be told that it may.
void about_to_bootstrap(journal& memory, const ballot& elected, const local_data& data, bool writes_safe);
lineage opened_epochs(const journal& memory);

// What gvwstate.dat says, completed by what the journal knows of it.
recorded_view complete(recorded_view read, const journal& memory);

// Its own ballot is over. When its bootstrap was begun the epoch counts as one that was: if nothing came of it, that does no harm.
void close_campaign(journal& memory);

// What a report says of the journal, given the data that is there: epochs of another history are not its.
void fill_report(node_report& report, const journal& memory, const local_data& data);

}  // namespace mgc::orchestrator
