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
  history_id history;  // of which `epochs` and `companions` speak
  lineage epochs;      // of which this node was a member for certain
  std::set<node_number> companions;
  std::vector<ballot> pledges;
  std::uint64_t own_ballots = 0;   // the number of the latest of its own
  std::optional<ballot> campaign;  // a ballot of its own: open, or its bootstrap was begun
  bool bootstrapping = false;      // ... begun: grastate.dat's safe_to_bootstrap is our writing, not Galera's
  std::uint64_t joining =
      0;  // the epoch that it was joining when it was last started; 0: it was a member since
  std::optional<recorded_view> view;  // moved here from gvwstate.dat before a start
  seqno view_position = no_seqno;     // the position of the data when it was
  bool receiving = false;             // a start since which no state transfer is known to have ended

  bool operator==(const journal&) const = default;
};

std::string to_text(const journal& what);

// Error: a text for the operator, what is wrong with it.
boost::system::result<journal, std::string> parse_journal(std::string_view text);

// ---- what changes it, apart from ballots

// The server is a member of the Primary component with this history and this lineage.
void became_member(journal& memory, const history_id& history, const lineage& epochs,
                   const std::set<node_number>& members);

}  // namespace mgc::orchestrator
