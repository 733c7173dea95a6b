#pragma once

// Users of the operating system, from any thread. I/O ring.

#include <sys/types.h>

#include <optional>
#include <string>

namespace mgc::proxy {

struct os_user {
  std::string name;
  uid_t user = 0;
  gid_t group = 0;
};

std::optional<os_user> find_os_user(const std::string& name);
std::optional<os_user> find_os_user(uid_t user);

// By name, whom this process acts as. Empty: the system has no name for that user.
std::string own_os_user();

}  // namespace mgc::proxy
