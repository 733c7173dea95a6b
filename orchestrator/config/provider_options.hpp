#pragma once

// wsrep_provider_options: "key=value; key=value". Core.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mgc::orchestrator {

class provider_options {
 public:
  // A part without '=' goes to `problems`, with its key where it has one, never its value.
  static provider_options parse(std::string_view text, std::vector<std::string>& problems);

  // Null when it is not there.
  const std::string* find(std::string_view key) const;

  // Unless the key is there already.
  void add(std::string_view key, std::string value);

  // In the order in which they came. Parts are joined as Galera parts them; blanks around them do not count.
  std::string text() const;

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

}  // namespace mgc::orchestrator
