#pragma once

// What a peer sent, made fit for a log line or a terminal. Core.

#include <string>
#include <string_view>

namespace mgc::proxy {

// Control characters (C0, DEL, and C1 as UTF-8 writes them) and the backslash become \xNN per byte; everything else,
// letters of any language included, stays. Longer than `most` bytes: cut, with "..." at its end.
std::string for_log(std::string_view text, std::size_t most = 1024);

}  // namespace mgc::proxy
