#pragma once

// What goes with one relayed connection from its arrival to its end: sees the bytes that it wants to see and tells how
// it went. The relay calls it on its own thread and owns it.

#include "shaper/outcome.hpp"
#include "shaper/stream_observer.hpp"

namespace mgc::shaper {

class witness {
 public:
  witness() = default;
  witness(const witness&) = delete;
  witness& operator=(const witness&) = delete;
  virtual ~witness() = default;

  // Who follows the bytes of that direction; null: nobody. They have passed when they are here, not yet there.
  virtual stream_observer* up() { return nullptr; }
  virtual stream_observer* down() { return nullptr; }

  // First one of these: the target cannot be reached, and the connection will be reset; or it was.
  virtual void refused(error_code why) = 0;
  virtual void connected() = 0;

  // Of one that was connected: both directions have ended, or it was reset.
  virtual void ended(const outcome& how, std::uint64_t bytes, duration took) = 0;
};

}  // namespace mgc::shaper
