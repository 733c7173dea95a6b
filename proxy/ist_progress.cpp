#include "proxy/ist_progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/system/errc.hpp>

#include "shaper/progress.hpp"

namespace mgc::proxy {
namespace {

using understanding = ist_observer::understanding;

std::string how_much(const ist_observer& donor) {
  const auto& f = donor.figures();
  std::string text;
  switch (donor.understands()) {
    case understanding::nothing_yet:
    case understanding::all: break;
    case understanding::encrypted: text = "encrypted by Galera, so seqnos are not known, "; break;
    case understanding::older: text = "of an older protocol, so seqnos are not known, "; break;
    case understanding::not_any_more: text = "not understood any more, "; break;
    case understanding::none: text = "not understood, "; break;
  }
  if (f.first_seqno) text += fmt::format("seqno {} to {}, ", *f.first_seqno, *f.last_seqno);
  if (!donor.is_opaque() || f.events() > 0) text += fmt::format("{} events", f.events());
  if (f.preloaded > 0) text += fmt::format(" ({} preloaded)", f.preloaded);
  if (!text.empty() && !text.ends_with(' ')) text += ", ";
  return text + shaper::format_bytes(static_cast<double>(f.bytes));
}

std::string speed(std::uint64_t bytes, shaper::duration time) {
  const std::chrono::duration<double> seconds = time;
  return shaper::format_bytes(static_cast<double>(bytes) / std::max(1e-9, seconds.count())) + "/s";
}

std::string message(int error) { return error_code{error, boost::system::system_category()}.message(); }

}  // namespace

std::string describe_progress(const ist_observer& donor, std::uint64_t bytes, shaper::duration time) {
  return fmt::format("{}, {}", how_much(donor), speed(bytes, time));
}

ist_end describe_end(const ist_observer& donor, const ist_observer& joiner, const shaper::outcome& how,
                     shaper::duration took) {
  const std::chrono::duration<double> seconds = took;
  const auto moved = fmt::format("{} in {:.3f} s", how_much(donor), seconds.count());
  if (!how.complete()) return {false, fmt::format("reset after {}: {}", moved, to_string(how))};
  if (const int error = joiner.figures().error; error != 0) {
    return {false, fmt::format("the joiner gave up after {}: {}", moved, message(error))};
  }
  if (const int error = donor.figures().error; error != 0) {
    return {false, fmt::format("the donor gave up after {}: {}", moved, message(error))};
  }
  if (donor.is_opaque()) return {true, "closed by both sides after " + moved};
  if (!donor.figures().ended)
    return {false, fmt::format("ended by the donor before its end, after {}", moved)};
  return {true, "complete, " + moved};
}

}  // namespace mgc::proxy
