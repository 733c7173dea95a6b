#pragma once

// DATADIR/gvwstate.dat, where Galera keeps the last Primary component that it was in. It goes with a clean stop, so only a crash
// leaves it. Core.
//
//   my_uuid: d62e8fab-e6ac-11f1-ac53-d3401a4c63ff
//   #vwbeg
//   view_id: 3 d62e8fab-e6ac-11f1-ac53-d3401a4c63ff 1
//   bootstrap: 0
//   member: d62e8fab-e6ac-11f1-ac53-d3401a4c63ff 0
//   #vwend

#include <string>
#include <string_view>

#include "orchestrator/election/node_report.hpp"
#include "orchestrator/server/answer.hpp"

namespace mgc::orchestrator {

// Nobody has a cluster of more; a file that says so is broken.
inline constexpr std::size_t most_members = 4096;

// Its epoch is 0: Galera knows of none. Error: what is wrong with it: empty, cut off (no #vwend), no Primary view (the type
// is not 3), not one of its own members, a line that is malformed.
answer<recorded_view> parse_gvwstate(std::string_view text);

}  // namespace mgc::orchestrator
