#pragma once

// The joiner's side of one transfer: the port at which it waits for the donor, what the donor says is to come, and the
// confirmation at the end (WIRE.md). I/O ring. Every failure ends the process.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "proxy/joiner_listener.hpp"
#include "proxy/node_budget.hpp"
#include "proxy/progress_log.hpp"
#include "proxy/sst_context.hpp"
#include "proxy/stream.hpp"

namespace mgc::proxy {

class joiner_session {
 public:
  // Listens, and tells the server where.
  explicit joiner_session(const sst_context& context);
  joiner_session(const joiner_session&) = delete;
  joiner_session& operator=(const joiner_session&) = delete;

  // Waits for the donor, as long as sst-initial-timeout says, and for its options.
  const wire::transfer_options& await_donor();

  // Tells the donor to begin, once `ready` has been called; from then on there is progress to be told of.
  void accept(const std::function<void()>& ready = {});

  joiner_listener& door() { return *listener_; }
  link& control() { return *control_; }
  transfer_process& process() { return context_.process; }
  void set_stage(const std::string& stage) { slot_->set_stage(stage); }
  shaper::transfer_record& record() { return slot_->record(); }
  progress_log& progress() { return *progress_; }

  // Waits for the donor's word that everything was sent. Error ends the process.
  std::uint64_t await_end();

  // Everything was consumed: tells the donor, and frees the port.
  void acknowledge(std::uint64_t bytes);

 private:
  sst_context context_;
  node_budget budget_;
  std::optional<shaper::shared_budget::slot> slot_;
  std::unique_ptr<joiner_listener> listener_;
  std::unique_ptr<link> control_;
  std::unique_ptr<progress_log> progress_;
  wire::transfer_options options_;
  unsigned last_words_ = 0;  // until acknowledge()
};

}  // namespace mgc::proxy
