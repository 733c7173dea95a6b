#pragma once

// The lines and words of the small files that servers write. Core.

#include <string>
#include <string_view>
#include <vector>

namespace mgc::orchestrator {

// Without blanks, tabs and line ends on both sides.
std::string_view trimmed(std::string_view text);

// Each trimmed; an end without a newline is a line too.
std::vector<std::string_view> lines_of(std::string_view text);

// Between blanks and tabs.
std::vector<std::string_view> words_of(std::string_view line);

// The last `most` lines that are not empty, made fit for a log, each behind "\n  "; empty when there are none.
std::string last_lines(std::string_view text, std::size_t most);

}  // namespace mgc::orchestrator
