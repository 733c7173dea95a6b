#pragma once

// "did you mean ...?". Core.

#include <span>
#include <string>
#include <string_view>

namespace mgc::orchestrator {

// The one of `names` that is the fewest slips of a typist away (a letter too many, too few, another, or two exchanged);
// empty when none is near.
std::string closest_name(std::string_view wanted, std::span<const std::string> names);

}  // namespace mgc::orchestrator
