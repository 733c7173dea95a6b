#pragma once

// One budget for many processes, in a file that all of them map: `mgc-shaper --budget FILE`, the SST methods
// of every instance on a host. There is no daemon and no lock that a killed process could leave behind: the
// curve is lock-free (budget.hpp), and what needs an owner (a slot, the right to publish a limit) is a byte
// of the file under an open file description lock, which the kernel drops when its process dies, whatever PID
// namespace it was in.
//
// The file is 64 KiB, in the machine's byte order, and means something during one boot only (its times are
// CLOCK_MONOTONIC); after a reboot the next one to open it keeps the limit and starts the rest anew:
//
//      0  8 bytes   "MGCBUDGT"
//      8  u32       version, 2
//     12  u32       number of slots, 240
//     16  40 bytes  boot id of the times within, as in /proc/sys/kernel/random/boot_id, NUL-padded
//     64  128 bytes budget_state (budget.hpp)
//   4096  256 bytes each slot: one running transfer (shared_budget.cpp: slot_page)
//
// Put it on a local file system, /run best. Processes that share it trust each other.
// I/O ring. Thread-safe.

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "shaper/budget.hpp"
#include "shaper/error.hpp"
#include "shaper/file_descriptor.hpp"
#include "shaper/transfer.hpp"

namespace mgc::shaper {

struct budget_page;
struct slot_page;

// What a transfer says of itself.
struct transfer_identity {
  std::string kind;         // "pipe", "relay", an SST method; at most 15 bytes are kept
  std::string peer;         // "192.0.2.1:4444", a file; at most 63 bytes are kept
  std::uint64_t total = 0;  // bytes to be expected; 0 when unknown
};

struct transfer_view {
  transfer_identity identity;
  std::string stage;      // what it is doing just now, in words; empty when it does not say
  std::uint32_t pid = 0;  // in the namespace of its owner: to show, not to signal
  std::chrono::system_clock::time_point started;
  transfer_figures figures;
};

class shared_budget {
 public:
  // A transfer's entry for as long as this object lives; must not outlive the shared_budget. When all 240
  // slots are in use it is one that nobody else sees: the transfer runs all the same.
  class slot {
   public:
    slot();  // an entry of its own, that nobody else sees
    slot(slot&& other) noexcept;
    slot& operator=(slot&&) = delete;
    ~slot();
    transfer_record& record() const { return *record_; }
    bool is_shared() const { return owner_ != nullptr; }

    // What the transfer is doing just now ("copying data", "waiting for the joiner"); at most 79 bytes are kept. Any
    // thread of the owner's process; whoever reads sees one text or the next, never a mixture.
    void set_stage(std::string_view stage) const;

    // How many bytes are to be expected, once that is known; 0: unknown again. Any thread.
    void set_total(std::uint64_t bytes) const;

   private:
    friend class shared_budget;
    slot(shared_budget* owner, std::size_t index, slot_page* page);

    shared_budget* owner_ = nullptr;
    std::size_t index_ = 0;
    std::unique_ptr<transfer_record> private_record_;
    slot_page* page_ = nullptr;
    transfer_record* record_ = nullptr;
  };

  // A budget of this process alone.
  static result<std::unique_ptr<shared_budget>> make_private(rate limit);

  // Opens `path`, or makes it with `initial`. An existing budget keeps its limit: it is the operator's last
  // word. Errors: the system's, or error::budget_*; nothing that is not a budget is changed.
  static result<std::unique_ptr<shared_budget>> open_or_create(const std::string& path, rate initial);

  // Opens an existing budget. errc::no_such_file_or_directory when there is none.
  static result<std::unique_ptr<shared_budget>> open(const std::string& path);

  ~shared_budget();
  shared_budget(const shared_budget&) = delete;
  shared_budget& operator=(const shared_budget&) = delete;

  // A view for any thread; must not outlive this object.
  budget tokens();

  // In force for every transfer of every process that shares the file. Publishers wait for each other
  // (microseconds). Error: the system's, when the file cannot be locked; then the limit is as it was.
  [[nodiscard]] error_code set_limit(rate limit);

  slot claim(const transfer_identity& identity);

  // The transfers that run now, in this process and others; those of killed processes are not among them.
  std::vector<transfer_view> transfers() const;

 private:
  explicit shared_budget(file_descriptor file);
  error_code map();
  error_code check();
  error_code initialise(rate limit);
  error_code adopt();
  error_code lock(short type, std::size_t offset, int command) const;
  void release(std::size_t index);

  file_descriptor file_;
  budget_page* page_ = nullptr;
  mutable std::mutex mutex_;  // own_, and publishing and describing slots within this process
  std::vector<bool> own_;
};

}  // namespace mgc::shaper
