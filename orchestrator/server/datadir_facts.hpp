#pragma once

// What the names in a data directory and its grastate.dat come to. Core; inspect.hpp looks and asks.

#include <optional>
#include <string>
#include <string_view>

#include "orchestrator/election/node_report.hpp"
#include "orchestrator/server/answer.hpp"
#include "orchestrator/server/grastate.hpp"

namespace mgc::orchestrator {

struct datadir_facts {
  bool incomplete = false;     // initialise() was not done with it
  bool transfer = false;       // sst_in_progress
  bool system_tables = false;  // mysql/ with something in it
  bool innodb = false;         // a system tablespace, where it belongs
  std::string of_a_server;     // a name in it that only a server makes, beside those of Galera; empty: none
  bool has_grastate = false;
  std::optional<grastate> state;  // unset with has_grastate: it could not be read
};

struct classification {
  data_kind kind = data_kind::empty;  // crashed and unsafe: the position is still to be recovered
  std::string note;                   // for the log, when it is not plain; may be empty
};

// Error: files of a server that are neither a whole nor the rest of a state transfer: nothing that mgc may touch.
answer<classification> classify(const datadir_facts& facts);

// Whether only a server makes a file or directory of this name directly in its data directory; not Galera's own, which are there
// before any data. `has_tables`: it is a directory with files of tables in it.
bool is_of_a_server(std::string_view name, bool has_tables);

}  // namespace mgc::orchestrator
