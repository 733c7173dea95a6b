#pragma once

#include <string>

namespace mgc {

// "mgc-shaper 0.1.0", from the build.
inline std::string version_text(const std::string& program) { return program + " " + MGC_VERSION; }

}  // namespace mgc
