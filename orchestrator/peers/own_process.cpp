#include "orchestrator/peers/own_process.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

namespace mgc::orchestrator {

process_figures own_process_figures() {
  process_figures figures;
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  if (std::ifstream pages{"/proc/self/statm"}; pages >> all >> resident) {
    figures.resident_memory_bytes = resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  }
  rusage used{};
  if (::getrusage(RUSAGE_SELF, &used) == 0) {
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    figures.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
  }
  return figures;
}

}  // namespace mgc::orchestrator
