#pragma once

// A container as CONFIG wants it, and one as an engine has it. Core: plain data, and what differs.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mgc::orchestrator {

// A folder or file of the host that the container sees.
struct bound_folder {
  std::string host;
  std::string inside;
  bool read_only = false;
  bool make = false;  // the engine makes the folder when it is not there
};

struct wanted_container {
  std::string name;
  std::string image;
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<bound_folder> folders;
  std::uint64_t memory = 0;  // bytes; 0: no limit
  std::string restart;       // Docker's word for it
  std::chrono::seconds stop_timeout{0};
};

// Words of the engine: created, running, paused, restarting, removing, exited, dead.
struct container_state {
  std::string word;
  int exit_code = 0;
  bool out_of_memory = false;
  std::string error;  // why it could not be started
  unsigned restarts = 0;
};

struct found_container {
  std::string image;                     // as it was asked for
  std::string image_id;                  // what that was then
  std::vector<std::string> environment;  // NAME=VALUE, the image's own among them
  std::vector<bound_folder> folders;
  std::uint64_t memory = 0;
  std::string restart;
  std::optional<std::chrono::seconds> stop_timeout;
  std::string network;
  bool privileged = false;
  container_state state;
};

struct found_image {
  std::string id;
  std::vector<std::string> environment;  // what each of its containers starts with
};

// "memory is 512 MB there, 1024 MB here": a line each; of a secret only that it differs. Empty: the container is what is
// wanted. `image` is what the engine has under the wanted name now, and tells what of the environment is its own.
std::vector<std::string> differences(const wanted_container& wanted, const found_container& found,
                                     const std::optional<found_image>& image);

}  // namespace mgc::orchestrator
