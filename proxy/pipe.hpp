#pragma once

// A pipe whose ends no child inherits unless it is given them. I/O ring.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>

#include "proxy/error.hpp"
#include "proxy/transfer_process.hpp"
#include "shaper/file_descriptor.hpp"

namespace mgc::proxy {

struct pipe_ends {
  shaper::file_descriptor read;
  shaper::file_descriptor write;
};

// Ends the process when there is none to be had.
inline pipe_ends make_pipe(transfer_process& process) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    process.fail(errno, fmt::format("no pipe to be had: {}", last_error().message()));
  return {shaper::file_descriptor{ends[0]}, shaper::file_descriptor{ends[1]}};
}

}  // namespace mgc::proxy
