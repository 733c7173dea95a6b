#include "orchestrator/deploy/container.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "orchestrator/config/given_values.hpp"
#include "orchestrator/config/variables.hpp"
#include "proxy/log_text.hpp"

namespace mgc::orchestrator {
namespace {

using proxy::for_log;
using values = std::map<std::string, std::string, std::less<>>;

std::string memory_text(std::uint64_t bytes) {
  constexpr std::uint64_t megabyte = std::uint64_t{1024} * 1024;
  if (bytes == 0) return "not limited";
  return bytes % megabyte == 0 ? fmt::format("{} MB", bytes / megabyte) : fmt::format("{} bytes", bytes);
}

// Does it mean something to mgc? All others are the image's, or somebody's who knows why.
bool is_ours(std::string_view name) {
  return is_known_variable(name) || node_digits(name) || !server_option_of(name).empty() ||
         !secret_in_file(name).empty();
}

class comparison {
 public:
  void compare(const std::string& what, const std::string& wanted, const std::string& found) {
    if (wanted == found) return;
    const auto shown = [](const std::string& value) {
      return value.empty() ? std::string{"nothing"} : for_log(value, 200);
    };
    lines.push_back(fmt::format("{} is {} there, {} here", what, shown(found), shown(wanted)));
  }

  void compare_environment(const wanted_container& wanted, const values& found, const values& of_image) {
    std::set<std::string, std::less<>> names;
    for (const auto& [name, value] : wanted.environment) {
      names.insert(name);
      const auto there = found.find(name);
      if (there != found.end() && there->second == value) continue;
      if (is_secret_name(name)) {
        lines.push_back(there == found.end() ? fmt::format("{} is not set there", name)
                                             : fmt::format("{} is another one there", name));
      } else if (there == found.end()) {
        lines.push_back(fmt::format("{} is not set there, {} here", name, for_log(value, 200)));
      } else {
        compare(name, value, there->second);
      }
    }
    for (const auto& [name, value] : found) {
      if (names.contains(name) || !is_ours(name)) continue;
      if (const auto own = of_image.find(name); own != of_image.end() && own->second == value) continue;
      const auto shown = is_secret_name(name) ? "set" : for_log(value, 200);
      lines.push_back(fmt::format("{} is {} there, not set here", for_log(name, 100), shown));
    }
  }

  void compare_folders(const wanted_container& wanted, const found_container& found) {
    for (const auto& folder : wanted.folders) {
      const auto there = std::find_if(found.folders.begin(), found.folders.end(),
                                      [&](const auto& one) { return one.inside == folder.inside; });
      compare(folder.inside, folder.host, there == found.folders.end() ? "" : there->host);
      if (there != found.folders.end() && there->host == folder.host) {
        compare(folder.inside, folder.read_only ? "read-only" : "writable",
                there->read_only ? "read-only" : "writable");
      }
    }
  }

  std::vector<std::string> lines;
};

// As for getenv(), the first of a name counts.
values to_values(const std::vector<std::string>& environment) {
  values made;
  for (const auto& line : environment) {
    const auto equals = std::min(line.find('='), line.size());
    made.try_emplace(line.substr(0, equals), line.substr(std::min(equals + 1, line.size())));
  }
  return made;
}

}  // namespace

std::vector<std::string> differences(const wanted_container& wanted, const found_container& found,
                                     const std::optional<found_image>& image) {
  comparison made;
  made.compare("image", wanted.image, found.image);
  made.compare_environment(wanted, to_values(found.environment),
                           image ? to_values(image->environment) : values{});
  made.compare_folders(wanted, found);
  made.compare("memory", memory_text(wanted.memory), memory_text(found.memory));
  made.compare("restart", wanted.restart, found.restart);
  made.compare("stop_timeout", fmt::format("{} s", wanted.stop_timeout.count()),
               found.stop_timeout ? fmt::format("{} s", found.stop_timeout->count()) : "");
  made.compare("the network", "host", found.network);
  made.compare("privileged", "no", found.privileged ? "yes" : "no");
  return std::move(made.lines);
}

}  // namespace mgc::orchestrator
