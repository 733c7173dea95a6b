#pragma once

// `mgc run`: forms, joins, heals and supervises this node's part of a cluster. Main ring; the main thread.

namespace mgc::orchestrator {

int run_node(int argc, const char* const* argv);

}  // namespace mgc::orchestrator
