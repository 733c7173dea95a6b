#pragma once

// Users of the operating system, from any thread. I/O ring.

#include <sys/types.h>

#include <optional>
#include <string>

namespace mgc::orchestrator {

struct os_user {
  std::string name;
  uid_t user = 0;
  gid_t group = 0;
};

std::optional<os_user> find_os_user(const std::string& name);
std::optional<os_user> find_os_user(uid_t user);

}  // namespace mgc::orchestrator
