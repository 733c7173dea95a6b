#pragma once

// What this process takes of the machine. I/O ring.

#include <cstdint>
#include <optional>

namespace mgc::orchestrator {

struct process_figures {
  std::optional<std::uint64_t> resident_memory_bytes;
  std::optional<double> cpu_seconds;
};

process_figures own_process_figures();

}  // namespace mgc::orchestrator
