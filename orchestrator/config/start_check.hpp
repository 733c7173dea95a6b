#pragma once

// What would keep the server from starting, looked for while nothing of this node runs. Touches nothing. I/O ring.

#include <string>
#include <vector>

#include "orchestrator/config/node_settings.hpp"

namespace mgc::orchestrator {

// Ports in use, a data directory of somebody else: one line each; empty when the server can be started. Binds each port for
// a moment, so ask while nothing of this node runs.
std::vector<std::string> start_problems(const node_settings& settings);

}  // namespace mgc::orchestrator
