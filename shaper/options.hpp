#pragma once

// The command line of mgc-shaper. Main ring: the texts that an operator meets are here.

#include <optional>
#include <string>
#include <variant>

#include "shaper/command_line.hpp"
#include "shaper/relay.hpp"

namespace mgc::shaper {

enum class progress_mode { automatic, always, never };

struct program_options {
  std::optional<rate> limit;
  std::string budget_file;  // empty: a budget of this process alone
  std::uint64_t total = 0;  // bytes expected; 0 unknown
  progress_mode progress = progress_mode::automatic;
  std::string status_file;  // empty: none
  duration idle_timeout{0};
  std::optional<relay_options> relay;  // unset: pipe mode
};

// --set-limit: change a shared budget and leave.
struct limit_change {
  std::string budget_file;
  rate limit;
};

// argv[0] is skipped. Errors name the option, its value and what is allowed.
std::variant<program_options, limit_change, early_exit> parse_options(int argc, const char* const* argv);

}  // namespace mgc::shaper
