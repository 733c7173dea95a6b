#include "orchestrator/server/grastate.hpp"

#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <optional>

#include "orchestrator/server/text_lines.hpp"
#include "proxy/log_text.hpp"

namespace mgc::orchestrator {
namespace {

constexpr std::string_view zeros = "00000000-0000-0000-0000-000000000000";

using problem = std::optional<std::string>;

problem read_value(std::string_view key, std::string_view value, grastate& into, bool& has_history,
                   bool& has_position) {
  if (key == "uuid") {
    auto history = parse_history(value);
    if (!history) return history.error();
    into.history = *std::move(history);
    has_history = true;
  } else if (key == "seqno") {
    const auto* const end = value.data() + value.size();
    const auto [rest, failed] = std::from_chars(value.data(), end, into.position);
    if (failed != std::errc{} || rest != end || into.position < no_seqno)
      return fmt::format("'{}' is no seqno: -1 or more is", proxy::for_log(value, 64));
    has_position = true;
  } else if (key == "safe_to_bootstrap") {
    if (value != "0" && value != "1")
      return fmt::format("safe_to_bootstrap is '{}': 0 and 1 are allowed", proxy::for_log(value, 64));
    into.safe_to_bootstrap = value == "1";
  }
  return std::nullopt;
}

}  // namespace

answer<history_id> parse_history(std::string_view text) {
  history_id id;
  for (const char c : text.substr(0, zeros.size() + 1))
    id += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  bool good = id.size() == zeros.size();
  for (std::size_t i = 0; good && i < id.size(); ++i) {
    good = zeros[i] == '-' ? id[i] == '-' : std::isxdigit(static_cast<unsigned char>(id[i])) != 0;
  }
  if (!good) return failure{fmt::format("'{}' is no UUID", proxy::for_log(text, 64))};
  if (id == zeros) id.clear();
  return {done, std::move(id)};
}

answer<grastate> parse_grastate(std::string_view text) {
  grastate found;
  bool has_history = false;
  bool has_position = false;
  unsigned number = 0;
  for (const auto line : lines_of(text)) {
    ++number;
    const auto colon = line.find(':');
    if (line.empty() || line.front() == '#' || colon == std::string_view::npos) continue;
    if (const auto wrong = read_value(line.substr(0, colon), trimmed(line.substr(colon + 1)), found,
                                      has_history, has_position))
      return failure{fmt::format("line {}: {}", number, *wrong)};
  }
  if (!has_history) return failure{text.empty() ? "is empty" : "has no uuid"};
  if (!has_position) return failure{"has no seqno"};
  return found;
}

std::string to_text(const grastate& what) {
  return fmt::format("# GALERA saved state\nversion: 2.1\nuuid:    {}\nseqno:   {}\nsafe_to_bootstrap: {}\n",
                     what.history.empty() ? zeros : what.history, what.position,
                     what.safe_to_bootstrap.value_or(true) ? 1 : 0);
}

}  // namespace mgc::orchestrator
