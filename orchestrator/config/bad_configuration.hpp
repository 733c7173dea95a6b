#pragma once

// Everything that is wrong with what `mgc run` was asked for, found before anything was touched. Each problem is one line
// that names the variable or file, its value (a secret's never) and what is allowed. The exit code is 2.

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace mgc::orchestrator {

class bad_configuration : public std::runtime_error {
 public:
  explicit bad_configuration(std::vector<std::string> problems)
      : std::runtime_error{joined(problems)}, problems_{std::move(problems)} {}

  const std::vector<std::string>& problems() const { return problems_; }

 private:
  static std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) text += (text.empty() ? "" : "\n") + line;
    return text;
  }

  std::vector<std::string> problems_;
};

}  // namespace mgc::orchestrator
