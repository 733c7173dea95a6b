#pragma once

// The donor's side of one transfer: the control connection to the joiner, the node's limit that everything sent to it
// obeys, and the two ends of it all that WIRE.md asks for. I/O ring. Every failure ends the process.

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "proxy/node_budget.hpp"
#include "proxy/progress_log.hpp"
#include "proxy/shaped_output.hpp"
#include "proxy/sst_context.hpp"
#include "proxy/stream.hpp"

namespace mgc::proxy {

class donor_session {
 public:
  // Connects to the joiner and proves both ends. `remote_authentication` is what stood before the address's '@'.
  donor_session(const sst_context& context, const std::string& remote_authentication);
  donor_session(const donor_session&) = delete;
  donor_session& operator=(const donor_session&) = delete;

  // The whole of a transfer that is none: the joiner is to use IST from `gtid` ("UUID:SEQNO DOMAIN").
  void bypass(const std::string& gtid);

  // Tells the joiner what is to come, and hears what it agrees to. `total` in bytes, 0 when unknown. From then on what
  // the joiner says is listened to: if it gives up, so does this process.
  void announce(const std::string& gtid, std::uint64_t total);

  // From now on nothing but the stream goes over control: a failure can no longer be told there in between.
  void control_carries_data();

  link& control() { return *control_; }
  std::unique_ptr<link> open_channel() const { return connect(wire::role::channel); }

  // A sink for what is to be sent on `over`, at the node's limit. One for each link, until it is destroyed.
  std::unique_ptr<shaped_output> output(link& over);

  // Whether the next piece is better sent compressed. Any thread.
  bool compresses() const;

  // For status and log.
  void set_stage(const std::string& stage) { slot_->set_stage(stage); }
  progress_log& progress() { return *progress_; }
  const std::string& peer() const { return peer_; }

  // This process is about to fail, for a reason of its own that the joiner will hear: its echo is not listened to any more.
  void stop_listening() { listens_ = false; }

  // Leave to go faster than the limit, for as long as it is granted.
  shaper::exemption& freed() { return freed_; }
  shaper::rate limit() const { return budget_.budget->tokens().limit(); }
  std::uint64_t sent() const { return slot_->record().bytes(); }

  // Everything was sent, `bytes` of the stream; returns when the joiner has consumed all of it. `end_frame` writes the
  // frame where it belongs: on control, or behind the stream.
  void finish(std::uint64_t bytes, const std::function<void(std::string_view end_frame)>& write);

 private:
  std::unique_ptr<link> connect(wire::role role) const;
  void open_budget(const std::string& peer);
  void listen_to_joiner();

  sst_context context_;
  std::string peer_;
  shaper::endpoint address_;
  link::keys keys_;
  std::unique_ptr<link> control_;
  node_budget budget_;
  std::optional<shaper::shared_budget::slot> slot_;
  mutable shaper::exemption freed_;
  std::unique_ptr<progress_log> progress_;
  bool may_compress_ = false;
  unsigned last_words_ = 0;
  std::atomic<bool> listens_{true};
  std::promise<std::uint64_t> acknowledged_;
  std::thread listener_;
};

}  // namespace mgc::proxy
