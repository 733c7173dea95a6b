#pragma once

// What the command lines of all our programs have in common: how a value becomes what it means, and what an operator is
// told who got one wrong: the option, its value, and what is allowed. Main ring.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "shaper/error.hpp"
#include "shaper/rate.hpp"

namespace mgc::shaper {

// Nothing to do but to print `text` (--help, --version), or the command line was wrong.
struct early_exit {
  int code;
  std::string text;
};

struct bad_option : std::runtime_error {
  using runtime_error::runtime_error;
};

[[noreturn]] void refuse(std::string_view option, std::string_view value, std::string_view why);

template <class Value>
Value accept(std::string_view option, std::string_view value, result<Value> parsed) {
  if (!parsed) refuse(option, value, parsed.error().message());
  return *parsed;
}

// Whole seconds, at most a year; unset when the option was not given.
std::optional<duration> to_seconds(std::string_view option, const std::string& text);

template <class Value>
Value choose(std::string_view option, const std::string& text,
             std::initializer_list<std::pair<std::string_view, Value>> choices) {
  std::string allowed;
  for (const auto& [name, value] : choices) {
    if (text == name) return value;
    allowed += fmt::format("{}{}", allowed.empty() ? "" : ", ", name);
  }
  refuse(option, text, "allowed are " + allowed);
}

// Reads argv (without argv[0]) into the app's options. Throws what to_early_exit understands: bad_option for an empty
// value, CLI11's errors for the rest.
void parse(CLI::App& app, int argc, const char* const* argv);

// To be called in a catch block around parse() and all that was done with the values: how the program is left.
early_exit to_early_exit(const CLI::App& app);

}  // namespace mgc::shaper
