#include "orchestrator/config/server_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "orchestrator/config/closest_name.hpp"
#include "orchestrator/config/option_file_text.hpp"
#include "orchestrator/config/variables.hpp"
#include "proxy/log_text.hpp"

namespace mgc::orchestrator {
namespace {

using proxy::for_log;

// Before an option's name; the server understands them before every one.
constexpr std::array<std::string_view, 6> prefixes{"loose_",   "skip_",    "enable_",
                                                   "disable_", "maximum_", "autoset_"};

// What the server also says when it is asked for help, and which is about the machine.
constexpr std::array<std::string_view, 2> beside_the_point{"max_open_files", "mysql.plugin"};

std::string_view next_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

bool is_known(std::string_view name, const std::vector<std::string>& known) {
  const auto is_there = [&](std::string_view wanted) {
    return std::any_of(known.begin(), known.end(), [&](const auto& k) { return k == wanted; });
  };
  if (is_there(name)) return true;
  return std::any_of(prefixes.begin(), prefixes.end(), [&](std::string_view prefix) {
    return name.starts_with(prefix) && is_there(name.substr(prefix.size()));
  });
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += (text.empty() ? "" : "; ") + line;
  return text;
}

class checker {
 public:
  checker(const server_question& ask, const user_options& user, node_settings& settings,
          std::vector<std::string>& problems)
      : ask_{ask}, user_{user}, settings_{settings}, problems_{problems} {}

  void check(bool sure) {
    const auto whole = ask_(option_file_text(settings_.options));
    if (whole.code < 0) {
      problems_.push_back(fmt::format("{}: {}", settings_.server_program, whole.errors));
      return;
    }
    if (whole.code == 0) {
      for (const auto& line : logged(whole.errors, "Warning"))
        settings_.warnings.push_back("the server says: " + line);
      return;
    }
    const auto before = problems_.size();
    for (const auto& [name, option] : user_) check_alone(name, option);
    if (!sure || problems_.size() != before) return;
    const auto errors = logged(whole.errors, "ERROR");
    problems_.push_back(
        fmt::format("{} does not take the configuration: {}", settings_.server_program,
                    errors.empty() ? fmt::format("it ends with code {}", whole.code) : joined(errors)));
  }

 private:
  // This one with all that mgc itself says.
  void check_alone(const std::string& name, const user_option& option) {
    std::vector<server_option> options;
    for (const auto& o : settings_.options) {
      if (o.group != "mysqld" || o.name == name || !user_.contains(o.name)) options.push_back(o);
    }
    const auto answer = ask_(option_file_text(options));
    if (answer.code == 0) return;
    const auto errors = logged(answer.errors, "ERROR");
    const auto is_about_it = [&](const std::string& line) {
      return server_spelling(line).find(name) != std::string::npos;
    };
    if (std::none_of(errors.begin(), errors.end(), is_about_it)) return;
    if (const auto& known = known_names(); !known.empty() && !is_known(name, known)) {
      const auto closest = closest_name(name, known);
      const auto hint =
          closest.empty()
              ? fmt::format("one of a plugin that was installed in SQL can be given as my_loose_{}", name)
              : fmt::format("did you mean {}?", closest);
      problems_.push_back(fmt::format("variable {}: the server knows no option {}; {}",
                                      for_log(option.variable, 100), name, hint));
    } else if (is_secret_name(name)) {
      problems_.push_back(fmt::format("variable {}: the server does not take its value", option.variable));
    } else {
      problems_.push_back(fmt::format("variable {}='{}': the server says: {}", option.variable,
                                      for_log(option.value, 200), joined(errors)));
    }
  }

  const std::vector<std::string>& known_names() {
    if (known_.empty()) known_ = option_names(ask_("").output);
    return known_;
  }

  const server_question& ask_;
  const user_options& user_;
  node_settings& settings_;
  std::vector<std::string>& problems_;
  std::vector<std::string> known_;
};

}  // namespace

std::vector<std::string> option_names(std::string_view help) {
  std::vector<std::string> names;
  while (!help.empty()) {
    auto line = next_line(help);
    if (!line.starts_with("  -")) continue;
    const auto dashes = line.find("--");  // "  -u, --user=name"
    if (dashes != 2 && dashes != 6) continue;
    line.remove_prefix(dashes + 2);
    auto name = server_spelling(line.substr(0, line.find_first_of(" =[")));
    if (!name.empty()) names.push_back(std::move(name));
  }
  return names;
}

std::vector<std::string> logged(std::string_view errors, std::string_view level) {
  const auto mark = fmt::format("[{}] ", level);
  std::vector<std::string> lines;
  while (!errors.empty()) {
    const auto line = next_line(errors);
    const auto at = line.find(mark);
    if (at == std::string_view::npos) continue;
    const auto is_in_it = [&](std::string_view words) { return line.find(words) != std::string_view::npos; };
    if (std::any_of(beside_the_point.begin(), beside_the_point.end(), is_in_it)) continue;
    lines.push_back(for_log(line.substr(at + mark.size()), 500));
  }
  return lines;
}

void check_with_server(const server_question& ask, const user_options& user, bool sure,
                       node_settings& settings, std::vector<std::string>& problems) {
  checker{ask, user, settings, problems}.check(sure);
}

}  // namespace mgc::orchestrator
