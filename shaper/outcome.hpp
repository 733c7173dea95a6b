#pragma once

// How a transfer, or one direction of it, ended. Core.

#include <string>

#include "shaper/direction.hpp"
#include "shaper/error.hpp"

namespace mgc::shaper {

// `why` is unset when the sink got everything; else `where` says which end failed.
struct outcome {
  side where = side::self;
  error_code why;

  bool complete() const { return !why; }
};

// "writing failed: Connection reset by peer".
std::string to_string(const outcome& o);

}  // namespace mgc::shaper
