#pragma once

// This machine: its addresses, memory, processors, disks, and where the server and Galera are. I/O ring.

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/config/machine.hpp"

namespace mgc::orchestrator {

// Where the kernel tells; tests have directories of their own.
struct kernel_files {
  std::string proc = "/proc";
  std::string cgroup = "/sys/fs/cgroup";
};

struct memory_size {
  std::uint64_t bytes = 0;  // 0: unknown
  std::string origin;       // "cgroup", "host"
};

// The least of the host's memory and the limits of our control groups, of version 1 or 2.
memory_size read_memory(const kernel_files& files = {});

// Of interfaces that are up; link-local ones are left out, nobody can be told of them.
std::vector<local_address> read_local_addresses();

machine read_machine();

}  // namespace mgc::orchestrator
