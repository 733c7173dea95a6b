#include "orchestrator/server/recovered_position.hpp"

#include <algorithm>
#include <charconv>

#include "orchestrator/server/grastate.hpp"
#include "orchestrator/server/text_lines.hpp"

namespace mgc::orchestrator {
namespace {

std::optional<recovered_position> parse_position(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto history = parse_history(trimmed(text.substr(0, colon)));
  if (!history) return std::nullopt;
  recovered_position found{*std::move(history), no_seqno};
  text.remove_prefix(colon + 1);
  text = trimmed(text.substr(0, text.find(',')));
  const auto* const end = text.data() + text.size();
  const auto [rest, failed] = std::from_chars(text.data(), end, found.position);
  if (failed != std::errc{} || rest != end || found.position < no_seqno) return std::nullopt;
  return found;
}

// "Found 3 prepared transactions! ..."; not "Found 3 prepared transaction(s) in InnoDB", which is only a note.
bool tells_of_prepared_transactions(std::string_view line) {
  return line.find("[ERROR] Found ") != std::string_view::npos &&
         line.find(" prepared transactions!") != std::string_view::npos;
}

}  // namespace

recovery_words read_recovery_log(std::string_view log) {
  constexpr std::string_view announced = "Recovered position:";
  recovery_words found;
  for (const auto line : lines_of(log)) {
    if (const auto at = line.find(announced); at != std::string_view::npos) {
      if (auto position = parse_position(line.substr(at + announced.size())))
        found.position = *std::move(position);
    }
    if (tells_of_prepared_transactions(line)) found.prepared_transactions = true;
    if (line.find("disabled, skipping position recovery") != std::string_view::npos)
      found.galera_is_off = true;
  }
  return found;
}

}  // namespace mgc::orchestrator
