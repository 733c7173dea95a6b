#pragma once

// What the values of `mgc deploy`'s own keys mean. Each problem names the line, the key, the value and what is allowed.
// Core.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mgc::orchestrator {

struct deploy_value {
  std::string key;
  std::string text;
  std::string where;  // "demo.cfg, line 3: "; empty for a default
};

// One line of what is wrong.
std::string refusal(const deploy_value& value, std::string_view allowed);

// From `least` to `most`; `least` when it is none.
std::uint64_t read_number(const deploy_value& value, std::uint64_t least, std::uint64_t most,
                          std::vector<std::string>& problems);

// Bytes: a number of MB, or with K, M, G; 0 when there is none.
std::uint64_t read_memory(const deploy_value& value, std::vector<std::string>& problems);

// 1, on, yes, true; 0, off, no, false.
bool read_switch(const deploy_value& value, std::vector<std::string>& problems);

// An absolute path, without slashes at its end.
std::string read_folder(const deploy_value& value, std::vector<std::string>& problems);

// [HOST[:PORT]/]NAME[:TAG] or with @DIGEST.
std::string read_image(const deploy_value& value, std::vector<std::string>& problems);

bool is_container_name(std::string_view text);

template <class Value>
Value read_choice(const deploy_value& value,
                  std::initializer_list<std::pair<std::string_view, Value>> choices,
                  std::vector<std::string>& problems) {
  std::string allowed;
  for (const auto& [name, meaning] : choices) {
    if (value.text == name) return meaning;
    allowed += (allowed.empty() ? "" : ", ") + std::string{name};
  }
  problems.push_back(refusal(value, "give one of " + allowed));
  return Value{};
}

}  // namespace mgc::orchestrator
