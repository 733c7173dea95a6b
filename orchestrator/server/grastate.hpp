#pragma once

// DATADIR/grastate.dat, where Galera writes how far the data has come and whether it may found a cluster. Core.
//
//   # GALERA saved state
//   version: 2.1
//   uuid:    d62ec2be-e6ac-11f1-97de-67dac6908e35
//   seqno:   -1
//   safe_to_bootstrap: 1
//
// While the server runs, and after a crash, seqno is -1. A UUID of zeros: the data is, or was when the server died, not
// consistent. Without the last line Galera takes it for 1 (galera/src/saved_state.cpp), and so does this.

#include <boost/system/result.hpp>
#include <string>
#include <string_view>

#include "orchestrator/election/history.hpp"

namespace mgc::orchestrator {

struct grastate {
  history_id history;  // empty: zeros
  seqno position = no_seqno;
  bool safe_to_bootstrap = true;
  bool operator==(const grastate&) const = default;
};

// Comments, empty lines and keys that are not known are passed over. Error: which line is wrong, and how; or that uuid or
// seqno is not there.
boost::system::result<grastate, std::string> parse_grastate(std::string_view text);

std::string to_text(const grastate& what);

// A UUID as Galera writes it, in lower case; empty for the one of zeros. Error: not a UUID.
boost::system::result<history_id, std::string> parse_history(std::string_view text);

}  // namespace mgc::orchestrator
