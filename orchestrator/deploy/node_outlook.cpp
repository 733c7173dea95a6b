#include "orchestrator/deploy/node_outlook.hpp"

#include <fmt/format.h>

#include "proxy/log_text.hpp"

namespace mgc::orchestrator {
namespace {

using proxy::for_log;

constexpr int bad_configuration_code = 2;
constexpr unsigned restarts_to_give_up = 2;

std::string how_it_ended(const container_state& state) {
  auto text = fmt::format("its container ended with exit code {}", state.exit_code);
  if (state.out_of_memory) text += ", out of memory";
  if (!state.error.empty()) text += fmt::format(" ({})", for_log(state.error, 500));
  return text;
}

node_outlook judge_heard(const watched_node& watched, std::uint64_t expected) {
  const auto& health = *watched.health;
  if (!health.ready) {
    const auto reason = health.reason.empty() ? "" : ": " + for_log(health.reason, 500);
    return {false, false, for_log(health.phase, 100) + reason};
  }
  if (expected == 0 || watched.cluster_size == expected) return {true, false, "it is ready"};
  return {false, false,
          fmt::format("it is ready, and its cluster has {} of {} nodes", watched.cluster_size, expected)};
}

}  // namespace

node_outlook judge(const watched_node& watched, const std::optional<container_state>& state,
                   const std::string& engine_problem, std::uint64_t expected) {
  if (watched.health && (!state || state->word == "running")) return judge_heard(watched, expected);
  if (!state) {
    if (!engine_problem.empty()) return {false, false, "its engine: " + engine_problem};
    return {false, true, "its container is gone"};
  }
  if (state->word == "exited" || state->word == "dead") return {false, true, how_it_ended(*state)};
  if (state->word == "restarting") {
    // mgc says so when another start would end the same way.
    const bool is_hopeless =
        state->exit_code == bad_configuration_code && state->restarts >= restarts_to_give_up;
    return {false, is_hopeless, fmt::format("{}, and is started again and again", how_it_ended(*state))};
  }
  if (state->word != "running")
    return {false, false, fmt::format("its container is {}", for_log(state->word, 50))};
  return {false, false, watched.problem};
}

}  // namespace mgc::orchestrator
