#include "orchestrator/budget_choice.hpp"

#include <fmt/format.h>

#include "shaper/process.hpp"
#include "shaper/stderr_line.hpp"

namespace mgc::orchestrator {

std::string configured_budget() { return {}; }

int complain(std::string_view command, int code, std::string_view what) {
  shaper::write_to_stderr(fmt::format("mgc {}: {}\n", command, what));
  return code;
}

int answer(std::string_view command, const std::string& text) {
  if (shaper::print(text)) return 0;
  return complain(command, failed_at_run_time, "standard output cannot be written to");
}

}  // namespace mgc::orchestrator
