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

// The OS user that the server runs as: server_user when we are root, else ours.
std::string server_os_user(const node_settings& settings);

// In the PATH of child_environment(); the name itself when it is not there.
std::string find_program(const std::string& name);

// Ours without secrets, with the directory of this executable first in PATH (there are the SST methods' names) and those of
// the system's programs at its end.
std::vector<std::string> child_environment();

// mariadbd and its first words: the option file, and --user where the server wants to be told that it is root.
std::vector<std::string> server_program(const node_settings& settings);

// A server's program, which holds the lock, or another one; as the server's user. `errors`: a descriptor for what it says,
// -1 is our standard error.
proxy::command server_command(const server_host& host, std::vector<std::string> words, int errors = -1);
proxy::command client_command(const server_host& host, std::vector<std::string> words, int errors = -1);

}  // namespace mgc::orchestrator
