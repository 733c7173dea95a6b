#pragma once

// Which budget file a command of `mgc` is about, and how it complains. I/O ring; main thread.

#include <string>
#include <string_view>

namespace mgc::orchestrator {

inline constexpr int failed_at_run_time = 1;
inline constexpr int wrong_usage = 2;

// [mgc] transfer_budget; empty when it is not set.
std::string configured_budget();

// "mgc COMMAND: WHAT" to standard error; returns `code`.
int complain(std::string_view command, int code, std::string_view what);

// `text` to standard output; the exit code.
int answer(std::string_view command, const std::string& text);

}  // namespace mgc::orchestrator
