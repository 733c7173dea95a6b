#include "orchestrator/config/given_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "orchestrator/config/closest_name.hpp"
#include "orchestrator/config/variables.hpp"
#include "proxy/log_text.hpp"

namespace mgc::orchestrator {
namespace {

using proxy::for_log;

constexpr std::string_view file_suffix = "_FILE";

// Prefixes that only ours have; a name that begins so and is not known is most likely a slip.
constexpr std::array<std::string_view, 5> own_prefixes{"mysql_", "cluster_", "transfer_", "gcache_",
                                                       "gmcast_"};

void cut_newline(std::string& text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
}

}  // namespace

std::optional<std::string_view> node_digits(std::string_view name) {
  if (!name.starts_with("node") || name.size() == 4) return std::nullopt;
  const auto digits = name.substr(4);
  if (digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  return digits;
}

std::string_view secret_in_file(std::string_view name) {
  if (!name.ends_with(file_suffix)) return {};
  name.remove_suffix(file_suffix.size());
  return is_secret_name(name) ? name : std::string_view{};
}

std::string_view server_option_of(std::string_view name) {
  if (is_known_variable(name)) return {};
  if (name.starts_with("my_")) return name.substr(3);
  return name.starts_with("wsrep_") ? name : std::string_view{};
}

given_values::given_values(const std::vector<std::string>& environment) {
  for (const auto& line : environment) {
    const auto equals = line.find('=');
    if (equals == std::string::npos || equals == 0) continue;
    entries_.try_emplace(line.substr(0, equals), entry{line.substr(equals + 1), "environment"});
  }
}

void given_values::overlay(const assignment_file& file, const std::string& origin) {
  for (const auto& a : file.assignments) {
    if (a.value) {
      entries_[a.name] = {*a.value, fmt::format("{}, line {}", origin, a.line)};
    } else {
      entries_.erase(a.name);
    }
  }
}

void given_values::read_secret_files(const file_reader& read, std::vector<std::string>& problems) {
  for (auto at = entries_.begin(); at != entries_.end();) {
    const auto& [name, path] = *at;
    const std::string base{secret_in_file(name)};
    if (base.empty()) {
      ++at;
      continue;
    }
    const auto beside = entries_.find(base);
    if (path.value.empty()) {
      at = entries_.erase(at);
      continue;
    }
    auto content = read(path.value);
    if (beside != entries_.end() && !beside->second.value.empty()) {
      problems.push_back(fmt::format("{} and {} are both set; keep one of the two", base, name));
    } else if (!content) {
      problems.push_back(fmt::format("{}: {} cannot be read: {}", name, for_log(path.value, 500),
                                     content.error().message()));
    } else if (cut_newline(*content); content->empty() || content->find('\0') != std::string::npos) {
      problems.push_back(fmt::format("{}: {} {}", name, for_log(path.value, 500),
                                     content->empty() ? "is empty" : "has a NUL byte in it"));
    } else {
      entries_[base] = {std::move(*content), path.value};
    }
    at = entries_.erase(at);
  }
}

const given_values::entry* given_values::find(std::string_view name) const {
  (void)definition_of(name);
  const auto found = entries_.find(name);
  return found == entries_.end() || found->second.value.empty() ? nullptr : &found->second;
}

std::string given_values::value_of(std::string_view name) const {
  const auto* const found = find(name);
  return found != nullptr ? found->value : std::string{definition_of(name).value};
}

secret given_values::secret_of(std::string_view name) const {
  const auto* const found = find(name);
  return found != nullptr ? secret{found->value} : secret{};
}

std::string given_values::describe(std::string_view name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) return std::string{name};
  const auto& [value, origin] = found->second;
  const auto shown = is_secret_name(name) ? std::string{} : fmt::format("='{}'", for_log(value, 200));
  return origin == "environment" ? fmt::format("{}{}", name, shown)
                                 : fmt::format("{}{} ({})", name, shown, for_log(origin, 200));
}

std::vector<std::string> given_values::unknown_variables() const {
  std::vector<std::string> known;
  for (const auto& d : known_variables()) known.emplace_back(d.name);
  std::vector<std::string> lines;
  for (const auto& one : entries_) {
    const auto& name = one.first;
    const auto is_own = [&](std::string_view prefix) { return name.starts_with(prefix); };
    if (is_known_variable(name) || std::none_of(own_prefixes.begin(), own_prefixes.end(), is_own)) continue;
    const auto closest = closest_name(name, known);
    lines.push_back(fmt::format("variable {}: mgc knows no such variable{}", for_log(name, 100),
                                closest.empty() ? "" : "; did you mean " + closest + "?"));
  }
  return lines;
}

std::vector<variable_value> given_values::shown() const {
  std::vector<variable_value> values;
  for (const auto& [name, given] : entries_) {
    if (node_digits(name) && !given.value.empty()) values.push_back({name, given.value, given.origin});
  }
  for (const auto& d : known_variables()) {
    const auto* const given = find(d.name);
    if (given == nullptr && d.value.empty()) continue;
    const auto value = given != nullptr ? given->value : std::string{d.value};
    values.push_back(
        {std::string{d.name}, d.is_secret ? "(set)" : value, given != nullptr ? given->origin : "default"});
  }
  return values;
}

}  // namespace mgc::orchestrator
