#pragma once

// What everything that starts a server program needs: the settings, the children, the lock. And how such a program is
// started: as the server's user, with its option file, without secrets. I/O ring; the context's thread.

#include <string>
#include <vector>

#include "orchestrator/config/node_settings.hpp"
#include "orchestrator/server/child_processes.hpp"
#include "orchestrator/server/server_lock.hpp"

namespace mgc::orchestrator {

// Owns nothing; what it refers to outlives every call that is given it.
struct server_host {
  const node_settings& settings;
  child_processes& children;
  const server_lock& lock;
};

// The OS user that the server runs as: server_user, else ours.
std::string server_os_user(const node_settings& settings);

// Ours without secrets, with the directory of this executable first in PATH (there are the SST methods' names) and those of
// the system's programs at its end.
std::vector<std::string> child_environment();

// A program of the server's, as its user. The server itself holds the lock; `errors`: a descriptor, -1 is our standard error.
proxy::command server_command(const server_host& host, std::vector<std::string> words, int errors = -1);
proxy::command client_command(const server_host& host, std::vector<std::string> words, int errors = -1);

}  // namespace mgc::orchestrator
