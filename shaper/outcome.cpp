#include "shaper/outcome.hpp"

namespace mgc::shaper {

std::string to_string(const outcome& o) {
  if (o.complete()) return "complete";
  switch (o.where) {
    case side::source: return "reading failed: " + o.why.message();
    case side::sink: return "writing failed: " + o.why.message();
    case side::self: break;
  }
  return "ended by this side: " + o.why.message();
}

}  // namespace mgc::shaper
