#include "orchestrator/config/provider_options.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "proxy/log_text.hpp"

namespace mgc::orchestrator {
namespace {

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

}  // namespace

provider_options provider_options::parse(std::string_view text, std::vector<std::string>& problems) {
  provider_options options;
  while (!text.empty()) {
    std::size_t end = 0;  // a backslash protects a ';'
    while (end < text.size() && text[end] != ';') end += text[end] == '\\' ? 2 : 1;
    end = std::min(end, text.size());
    const auto part = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (part.empty()) continue;
    const auto equals = part.find('=');
    const auto key = trim(part.substr(0, equals));
    if (equals == std::string_view::npos || key.empty()) {
      problems.push_back(fmt::format("wsrep_provider_options: '{}' has no '='; give key=value, parted by ';'",
                                     proxy::for_log(key, 100)));
      continue;
    }
    const auto same = [&](const auto& pair) { return pair.first == key; };
    options.pairs_.erase(std::remove_if(options.pairs_.begin(), options.pairs_.end(), same),
                         options.pairs_.end());
    options.pairs_.emplace_back(key, trim(part.substr(equals + 1)));
  }
  return options;
}

const std::string* provider_options::find(std::string_view key) const {
  for (const auto& pair : pairs_) {
    if (pair.first == key) return &pair.second;
  }
  return nullptr;
}

void provider_options::add(std::string_view key, std::string value) {
  if (find(key) == nullptr) pairs_.emplace_back(key, std::move(value));
}

std::string provider_options::text() const {
  std::string text;
  for (const auto& [key, value] : pairs_) text += fmt::format("{}{}={}", text.empty() ? "" : ";", key, value);
  return text;
}

}  // namespace mgc::orchestrator
