#pragma once

// Somebody who follows what a stream says while its bytes pass by: headers must be shown, what lies between them may be
// spliced unseen. It takes the stream in slices of any size, never changes it and never stops it; what it does not
// understand it lets pass. Core.

#include <cstddef>
#include <cstdint>
#include <span>

namespace mgc::shaper {

class stream_observer {
 public:
  stream_observer() = default;
  stream_observer(const stream_observer&) = delete;
  stream_observer& operator=(const stream_observer&) = delete;
  virtual ~stream_observer() = default;

  // The next bytes of the stream. Those that could have been skipped are welcome too.
  virtual void observe(std::span<const std::byte> bytes) = 0;

  // How many of the next bytes may pass unseen; all ones: all that come. When it is 0, the next wanted() bytes belong
  // to a header and must be shown, in one slice or in many; showing more is right as well.
  virtual std::uint64_t skippable() const = 0;
  virtual std::size_t wanted() const = 0;

  // So many bytes passed unseen: at most skippable().
  virtual void skip(std::uint64_t bytes) = 0;

  static constexpr std::uint64_t everything = ~std::uint64_t{0};
};

}  // namespace mgc::shaper
