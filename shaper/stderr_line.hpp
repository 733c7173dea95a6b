#pragma once

// Standard error, without ever waiting for whoever reads it: a log that nobody takes must not stop a transfer. I/O ring;
// one thread.

#include <string_view>

namespace mgc::shaper {

// Writes `text`, or drops it when standard error takes nothing now; the next text that gets through says how many
// were lost. Keep a text below 4 KiB: then a pipe takes it whole or not at all.
void write_to_stderr(std::string_view text);

}  // namespace mgc::shaper
