#pragma once

namespace mgc::bench {

// Runs the calling thread before all ordinary ones and wakes it without timer slack, so that a busy machine
// does not make the measuring late. Throws std::system_error without the privilege (root or CAP_SYS_NICE).
void become_realtime();

}  // namespace mgc::bench
