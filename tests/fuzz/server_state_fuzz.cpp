// Any text, read as each of the small files that Galera leaves in a data directory, and as the log of a recovery: it is refused with
// words, or what comes of it keeps the rules that decisions rest on.

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "orchestrator/server/grastate.hpp"
#include "orchestrator/server/gvwstate.hpp"
#include "orchestrator/server/recovered_position.hpp"
#include "tests/fuzz/require.hpp"

using namespace mgc::orchestrator;

namespace {

bool is_history(const history_id& id) {
  return id.empty() || (parse_history(id) && *parse_history(id) == id);
}

void check_grastate(std::string_view text) {
  const auto state = parse_grastate(text);
  if (!state) {
    MGC_REQUIRE(!state.error().empty() && state.error().size() < 1000);
    return;
  }
  MGC_REQUIRE(is_history(state->history));
  MGC_REQUIRE(state->position >= no_seqno);
  auto again = *state;
  again.safe_to_bootstrap = state->safe_to_bootstrap.value_or(true);
  MGC_REQUIRE(*parse_grastate(to_text(*state)) == again);
}

void check_gvwstate(std::string_view text) {
  const auto view = parse_gvwstate(text);
  if (!view) {
    MGC_REQUIRE(!view.error().empty() && view.error().size() < 1000);
    return;
  }
  MGC_REQUIRE(view->members.size() <= most_members);
  MGC_REQUIRE(!view->me.empty() && is_history(view->me));
  MGC_REQUIRE(std::find(view->members.begin(), view->members.end(), view->me) != view->members.end());
  for (const auto& member : view->members) MGC_REQUIRE(!member.empty() && is_history(member));
}

void check_recovery(std::string_view text) {
  const auto said = read_recovery_log(text);
  if (!said.position) return;
  MGC_REQUIRE(is_history(said.position->history));
  MGC_REQUIRE(said.position->position >= no_seqno);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  check_grastate(text);
  check_gvwstate(text);
  check_recovery(text);
  return 0;
}
