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
// consistent.

#include <optional>
#include <string>
#include <string_view>

#include "orchestrator/election/history.hpp"
#include "orchestrator/server/answer.hpp"

namespace mgc::orchestrator {

struct grastate {
  history_id history;  // empty: zeros
  seqno position = no_seqno;
  std::optional<bool> safe_to_bootstrap = {};  // unset: the line is not there, and Galera takes it for 1
  bool operator==(const grastate&) const = default;
};

// Comments, empty lines and keys that are not known are passed over. Error: which line is wrong, and how; or that uuid or
// seqno is not there.
answer<grastate> parse_grastate(std::string_view text);

std::string to_text(const grastate& what);

// A UUID as Galera writes it, in lower case; empty for the one of zeros. Error: not a UUID.
answer<history_id> parse_history(std::string_view text);

}  // namespace mgc::orchestrator
