#include "orchestrator/server/text_lines.hpp"

#include <algorithm>

#include "proxy/log_text.hpp"

namespace mgc::orchestrator {
namespace {

constexpr std::string_view blanks = " \t\r\n\v\f";

}  // namespace

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.push_back(trimmed(text.substr(0, end)));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (line = trimmed(line); !line.empty(); line = trimmed(line)) {
    const auto end = std::min(line.find_first_of(blanks), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
  return words;
}

std::string last_lines(std::string_view text, std::size_t most) {
  auto lines = lines_of(text);
  std::erase_if(lines, [](std::string_view line) { return line.empty(); });
  std::string said;
  for (auto i = lines.size() - std::min(most, lines.size()); i < lines.size(); ++i)
    said += "\n  " + proxy::for_log(lines[i], 400);
  return said;
}

}  // namespace mgc::orchestrator
