#pragma once

// How the donor's rsync reaches the wire without a listening port: rsync starts its "remote shell", which is this binary
// under the name of a link in a private directory; that one passes its standard input and output, which are rsync's, to
// the donor's process over a socket in the same directory, and waits. I/O ring.

#include <string>

#include "proxy/transfer_process.hpp"
#include "shaper/file_descriptor.hpp"

namespace mgc::proxy {

// The name under which the binary is the remote shell.
inline constexpr const char* rsync_door_name = "mgc-rsync-door";

// The remote shell's side: main of that name. Exit codes: 0 the connection came to its end, else 1.
int run_rsync_door(int argc, char** argv);

// The donor's side.
class rsync_door {
 public:
  // One rsync's connection: what it writes and reads, and its remote shell, which ends with `done`.
  struct connection {
    shaper::file_descriptor from_rsync;
    shaper::file_descriptor to_rsync;
    shaper::file_descriptor shell;
    void done(bool good) const;
  };

  // `directory` is private, and goes with the process.
  rsync_door(transfer_process& process, const std::string& directory);

  // The value of rsync's --rsh.
  std::string shell() const;

  // The next rsync. Ends the process on failure.
  connection accept();

 private:
  transfer_process& process_;
  std::string directory_;
  shaper::file_descriptor socket_;
};

}  // namespace mgc::proxy
