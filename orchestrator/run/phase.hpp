#pragma once

// Where `mgc run` is, in words that operators see in the log, in `mgc status` and in the metrics. Core.

#include <string_view>

namespace mgc::orchestrator {

enum class phase {
  inspecting,    // what is in the data directory; after a crash that takes as long as InnoDB's recovery
  deciding,      // join, found, or wait: `reason` says which and for whom
  initialising,  // a new data directory
  starting,      // the server, up to its membership; a state transfer may run
  running,       // it is a member
  cut_off,       // it runs, and is in no Primary component
  backing_off,   // it ended unexpectedly, and will be started again
  upgrading,     // mariadb-upgrade runs on it
  stopping,
};

constexpr std::string_view to_string(phase what) {
  switch (what) {
    case phase::inspecting: return "inspecting";
    case phase::deciding: return "deciding";
    case phase::initialising: return "initialising";
    case phase::starting: return "starting";
    case phase::running: return "running";
    case phase::cut_off: return "cut off";
    case phase::backing_off: return "backing off";
    case phase::upgrading: return "upgrading";
    case phase::stopping: return "stopping";
  }
  return "?";
}

}  // namespace mgc::orchestrator
