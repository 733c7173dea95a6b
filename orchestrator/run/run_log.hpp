#pragma once

// The log of `mgc run` on standard error: lines for people, or one JSON object a line (log_format=json) with the keys time,
// level and message. Control characters never get through. Main ring.

namespace mgc::orchestrator {

void set_up_run_log(bool json);

}  // namespace mgc::orchestrator
