#include "orchestrator/config/user_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "orchestrator/config/variables.hpp"
#include "proxy/log_text.hpp"

namespace mgc::orchestrator {
namespace {

using proxy::for_log;

struct reserved_option {
  std::string_view name;
  std::string_view why;
};

constexpr std::string_view told_by_mgc = "mgc itself tells the server when";
constexpr std::string_view about_files = "mgc tells the server its option file";

constexpr std::array reserved_options{
    reserved_option{"wsrep_new_cluster", told_by_mgc},
    reserved_option{"wsrep_recover", told_by_mgc},
    reserved_option{"wsrep_start_position", told_by_mgc},
    reserved_option{"bootstrap", told_by_mgc},
    reserved_option{"help", "it would keep the server from starting"},
    reserved_option{"version", "it would keep the server from starting"},
    reserved_option{"no_defaults", about_files},
    reserved_option{"print_defaults", about_files},
    reserved_option{"defaults_file", about_files},
    reserved_option{"defaults_extra_file", about_files},
    reserved_option{"defaults_group_suffix", about_files},
    reserved_option{"port", "its variable is my_port, in small letters"},
    reserved_option{"datadir", "its variable is my_datadir, in small letters"},
};

bool is_option_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), fits);
}

}  // namespace

std::string server_spelling(std::string_view name) {
  std::string spelt{name};
  for (auto& c : spelt) {
    if (c == '-') c = '_';
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return spelt;
}

user_options read_user_options(const given_values& given, std::vector<std::string>& problems) {
  user_options options;
  for (const auto& [variable, entry] : given.all()) {
    const auto written = server_option_of(variable);
    if (written.empty()) {
      if (variable == "my_")
        problems.emplace_back("variable my_: the name of an option is missing behind it");
      continue;
    }
    const auto name = server_spelling(written);
    if (!is_option_name(name)) {
      problems.push_back(
          fmt::format("variable {}: that is not the name of an option", for_log(variable, 100)));
      continue;
    }
    const auto* const reserved = std::find_if(reserved_options.begin(), reserved_options.end(),
                                              [&](const auto& r) { return r.name == name; });
    if (reserved != reserved_options.end()) {
      problems.push_back(fmt::format("variable {}: not allowed; {}", variable, reserved->why));
      continue;
    }
    if (entry.value.find('\0') != std::string::npos) {
      problems.push_back(fmt::format("variable {}: it has a NUL byte in it", variable));
      continue;
    }
    const auto [place, is_new] = options.try_emplace(name, user_option{variable, entry.value, entry.origin});
    if (!is_new && place->second.value != entry.value) {
      problems.push_back(fmt::format("{} and {} are the same option with two values; keep one of the two",
                                     given.describe(place->second.variable), given.describe(variable)));
    }
  }
  return options;
}

}  // namespace mgc::orchestrator
