#include "orchestrator/deploy/deploy_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "proxy/log_text.hpp"

namespace mgc::orchestrator {
namespace {

constexpr std::uint64_t megabyte = std::uint64_t{1024} * 1024;
constexpr std::uint64_t least_memory = 128;                     // MB: below it no server starts
constexpr std::uint64_t most_memory = std::uint64_t{1} << 30U;  // MB
constexpr std::size_t longest_path = 3000;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<std::uint64_t> to_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [rest, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::string refusal(const deploy_value& value, std::string_view allowed) {
  return fmt::format("{}{}='{}': {}", value.where, value.key, proxy::for_log(value.text, 200), allowed);
}

std::uint64_t read_number(const deploy_value& value, std::uint64_t least, std::uint64_t most,
                          std::vector<std::string>& problems) {
  const auto number = to_number(value.text);
  if (number && *number >= least && *number <= most) return *number;
  problems.push_back(refusal(value, fmt::format("give a number from {} to {}", least, most)));
  return least;
}

std::uint64_t read_memory(const deploy_value& value, std::vector<std::string>& problems) {
  if (value.text.empty()) return 0;
  std::string_view text = value.text;
  if (text.ends_with('b') || text.ends_with('B')) text.remove_suffix(1);
  auto megabytes = to_number(text);
  if (!text.empty() && is_letter(text.back())) {
    const auto number = to_number(text.substr(0, text.size() - 1));
    const auto unit = text.back();
    if (number && (unit == 'm' || unit == 'M')) megabytes = number;
    if (number && (unit == 'k' || unit == 'K') && *number % 1024 == 0) megabytes = *number / 1024;
    if (number && (unit == 'g' || unit == 'G') && *number <= most_memory) megabytes = *number * 1024;
  }
  if (megabytes && *megabytes >= least_memory && *megabytes <= most_memory) return *megabytes * megabyte;
  problems.push_back(refusal(value, fmt::format("give MB, or as 512M, 2G; at least {} MB", least_memory)));
  return 0;
}

bool read_switch(const deploy_value& value, std::vector<std::string>& problems) {
  return read_choice<bool>(value,
                           {{"1", true},
                            {"0", false},
                            {"on", true},
                            {"off", false},
                            {"yes", true},
                            {"no", false},
                            {"true", true},
                            {"false", false}},
                           problems);
}

std::string read_folder(const deploy_value& value, std::vector<std::string>& problems) {
  auto path = value.text;
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  const bool has_strange_letters = std::any_of(
      path.begin(), path.end(), [](char c) { return c == ':' || static_cast<unsigned char>(c) < ' '; });
  if (!path.starts_with('/') || path.size() == 1 || path.size() > longest_path || has_strange_letters)
    problems.push_back(refusal(value, "give a folder of the host, beginning with '/', without ':'"));
  return path;
}

std::string read_image(const deploy_value& value, std::vector<std::string>& problems) {
  const auto& text = value.text;
  const bool is_one = !text.empty() && text.size() <= 500 &&
                      (is_letter(text.front()) || is_digit(text.front())) &&
                      std::all_of(text.begin(), text.end(),
                                  [](char c) {
                                    return is_letter(c) || is_digit(c) ||
                                           std::string_view{"._-/:@"}.find(c) != std::string_view::npos;
                                  }) &&
                      (is_letter(text.back()) || is_digit(text.back())) &&
                      text.find("//") == std::string::npos && text.find("..") == std::string::npos;
  if (!is_one)
    problems.push_back(refusal(value, "give an image, as mgc:10.11 or registry.example:5000/mgc:10.11"));
  return text;
}

bool is_container_name(std::string_view text) {
  return text.size() > 1 && text.size() <= 200 && (is_letter(text.front()) || is_digit(text.front())) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '.' || c == '-'; });
}

}  // namespace mgc::orchestrator
