#pragma once

// What each of our programs does to its process before anything else, and how it answers. I/O ring; main thread.

#include <string>

namespace mgc::shaper {

// Takes the numbers of standard descriptors that are missing, ignores SIGPIPE and SIGXFSZ, and ends with the name of
// `program` (a literal), a reason and exit code 1 when a mapped budget file is made shorter.
void set_up_process(const char* program);

// Whether whoever started us wants this signal ignored: nohup means it.
bool is_ignored(int signal);

// What the operator asked to see, to standard output. False: it could not be written.
[[nodiscard]] bool print(const std::string& text);

}  // namespace mgc::shaper
