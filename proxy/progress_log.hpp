#pragma once

// Tells how a transfer goes while it runs: a line in the server's log now and then, the total in the node's budget file,
// and "total" and "complete" for the server where it asked for them. I/O ring; has a thread of its own.

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "proxy/transfer_process.hpp"
#include "shaper/shared_budget.hpp"

namespace mgc::proxy {

class progress_log {
 public:
  // `total`: bytes of the data to come, 0 when unknown. `for_server`: it reads progress. All must outlive this object.
  progress_log(transfer_process& process, shaper::shared_budget& budget,
               const shaper::shared_budget::slot& slot, std::uint64_t total, bool for_server);
  ~progress_log();  // ends it, with a last line
  progress_log(const progress_log&) = delete;
  progress_log& operator=(const progress_log&) = delete;

  // How many bytes of the data went by, which is more than what the wire carried when it is compressed. Any thread.
  void data(std::uint64_t bytes) { data_.store(bytes, std::memory_order_relaxed); }

 private:
  void run();

  transfer_process& process_;
  shaper::shared_budget& budget_;
  const shaper::shared_budget::slot& slot_;
  std::uint64_t total_;
  bool for_server_;
  std::atomic<std::uint64_t> data_{0};
  std::uint64_t told_ = 0;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool has_ended_ = false;
  std::thread thread_;
};

// What the wire will have carried when all `total` bytes of data have passed, if it goes on as it did: of `data` bytes
// it carried `wire`. 0 when that is unknown.
std::uint64_t expected_on_the_wire(std::uint64_t total, std::uint64_t data, std::uint64_t wire);

}  // namespace mgc::proxy
