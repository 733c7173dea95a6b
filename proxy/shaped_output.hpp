#pragma once

// What a donor sends on one link, at the node's rate: bytes written into sink() leave by the link's socket when the
// budget allows. I/O ring; a thread of its own moves them.

#include <thread>

#include "proxy/link.hpp"
#include "proxy/transfer_process.hpp"
#include "shaper/exemption.hpp"
#include "shaper/shared_budget.hpp"

namespace mgc::proxy {

// The donor's part of the node's budget. All connections of a transfer share it.
struct pace {
  shaper::shared_budget& budget;
  shaper::transfer_record& record;
  shaper::exemption& freed;
};

class shaped_output {
 public:
  // A failure to send ends the process, after the peer's own words had a moment to arrive.
  shaped_output(transfer_process& process, link& over, pace at);
  shaped_output(const shaped_output&) = delete;
  shaped_output& operator=(const shaped_output&) = delete;
  ~shaped_output() { finish(); }

  int sink() const { return write_end_.get(); }

  // Nothing more is written; returns when everything has been handed to the kernel. Does not close the link.
  void finish();

 private:
  shaper::file_descriptor read_end_;
  shaper::file_descriptor write_end_;
  std::thread mover_;
};

}  // namespace mgc::proxy
