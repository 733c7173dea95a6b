#pragma once

// What `mariadbd --wsrep-recover` says, in its log. Core.

#include <optional>
#include <string>
#include <string_view>

#include "orchestrator/election/history.hpp"

namespace mgc::orchestrator {

struct recovered_position {
  history_id history;  // empty: InnoDB knows of none
  seqno position = no_seqno;
  bool operator==(const recovered_position&) const = default;
};

struct recovery_words {
  std::optional<recovered_position>
      position;                        // of the last such line: "Recovered position: UUID:SEQNO[,GTID]"
  bool prepared_transactions = false;  // it stopped at transactions that were prepared and never decided
  bool galera_is_off = false;          // it skipped the recovery of a position
};

recovery_words read_recovery_log(std::string_view log);

}  // namespace mgc::orchestrator
