#pragma once

#include <string>

namespace mgc::orchestrator {

// 128 random bits as 32 hexadecimal digits. I/O ring.
std::string random_id();

}  // namespace mgc::orchestrator
