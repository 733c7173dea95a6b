// What the server does with odd lines, found out by giving them to my_print_defaults of 10.11:
// - A '#' begins a comment anywhere but between quotes; a ';' only at the start of a line. Between quotes, a backslash
//   protects a quote. A quote that is never closed protects the rest of the line.
// - Quotes are taken off a value that begins and ends with the same one; those in its middle stay.
// - \b \t \n \r \s \\ \" \' stand for a character, in values with and without quotes; before others a backslash stays.
// - A line ends at a NUL byte. What follows the ']' of a group is ignored, and so is a directive that is not known.
// - The group goes on behind an !include, and an included file begins without one.

#include "proxy/option_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "proxy/bad_setting.hpp"
#include "proxy/error.hpp"
#include "proxy/log_text.hpp"

namespace mgc::proxy {
namespace {

constexpr std::string_view blanks = " \t\r\n\v\f";

std::string_view trim(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

std::string_view without_comment(std::string_view line) {
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote == 0) {
      if (c == '#') return line.substr(0, i);
      if (c == '"' || c == '\'') quote = c;
    } else if (c == '\\') {
      ++i;
    } else if (c == quote) {
      quote = 0;
    }
  }
  return line;
}

std::optional<char> unescaped(char c) {
  switch (c) {
    case 'b': return '\b';
    case 't': return '\t';
    case 'n': return '\n';
    case 'r': return '\r';
    case 's': return ' ';
    case '\\':
    case '"':
    case '\'': return c;
    default: return std::nullopt;
  }
}

std::string read_value(std::string_view text) {
  text = trim(text);
  if (text.size() > 1 && (text.front() == '"' || text.front() == '\'') && text.front() == text.back()) {
    text = text.substr(1, text.size() - 2);
  }
  std::string value;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto meant = text[i] == '\\' && i + 1 < text.size() ? unescaped(text[i + 1]) : std::nullopt;
    if (meant) ++i;
    value += meant.value_or(text[i]);
  }
  return value;
}

// Sets name, written and loose.
void read_name(std::string_view text, option& o) {
  o.written = text;
  o.name = text;
  std::replace(o.name.begin(), o.name.end(), '_', '-');
  constexpr std::string_view loose = "loose-";
  o.loose = o.name.starts_with(loose);
  if (o.loose) o.name.erase(0, loose.size());
}

class text_parser {
 public:
  text_parser(std::string_view text, const std::string& file) : text_{text}, file_{file} {}

  std::vector<option_file_item> parse() {
    while (!text_.empty()) {
      ++line_;
      const auto end = std::min(text_.find('\n'), text_.size());
      const auto line = text_.substr(0, end);
      text_.remove_prefix(std::min(end + 1, text_.size()));
      parse_line(trim(line.substr(0, line.find('\0'))));
    }
    return std::move(items_);
  }

 private:
  void parse_line(std::string_view line) {
    if (line.empty() || line[0] == '#' || line[0] == ';') return;
    if (line[0] == '!') return parse_directive(trim(line.substr(1)));
    if (line[0] == '[') return parse_group(line.substr(1));
    parse_option(line);
  }

  void parse_directive(std::string_view directive) {
    const auto keyword = directive.substr(0, directive.find_first_of(blanks));
    if (keyword != "include" && keyword != "includedir") return;
    const auto path = trim(directive.substr(keyword.size()));
    if (path.empty()) refuse(fmt::format("!{} needs a path", keyword));
    items_.emplace_back(include_directive{std::string{path}, keyword == "includedir", line_});
  }

  void parse_group(std::string_view line) {
    const auto end = line.find(']');
    if (end == std::string_view::npos) refuse("the ']' behind the name of a group is missing");
    const auto name = line.substr(0, end);
    group_ = name.substr(0, name.find_last_not_of(blanks) + 1);
  }

  void parse_option(std::string_view line) {
    if (!group_) refuse("an option stands before the first [group]");
    if (group_->empty()) return;  // no program reads the group []
    line = without_comment(line);
    const auto equals = line.find('=');
    option o;
    o.group = *group_;
    o.file = file_;
    o.line = line_;
    read_name(trim(line.substr(0, equals)), o);
    if (equals != std::string_view::npos) o.value = read_value(line.substr(equals + 1));
    items_.emplace_back(std::move(o));
  }

  [[noreturn]] void refuse(std::string_view why) const {
    throw bad_setting{fmt::format("{}, line {}: {}; {}", for_log(file_, 500), line_, why,
                                  make_error_code(error::option_file_syntax).message())};
  }

  std::string_view text_;
  const std::string& file_;
  unsigned line_ = 0;
  std::optional<std::string> group_;
  std::vector<option_file_item> items_;
};

}  // namespace

std::string describe(const option& o) {
  if (o.group.empty()) return fmt::format("--{} of the server's command line", for_log(o.written, 100));
  return fmt::format("[{}] {} ({}, line {})", for_log(o.group, 100), for_log(o.written, 100),
                     for_log(o.file, 500), o.line);
}

std::vector<option_file_item> parse_option_file(std::string_view text, const std::string& file) {
  return text_parser{text, file}.parse();
}

std::vector<std::string> server_groups(std::string_view series) {
  std::vector<std::string> groups;
  for (const std::string_view program : {"mysqld", "mariadb", "mariadbd"}) {
    groups.emplace_back(program);
    groups.push_back(fmt::format("{}-{}", program, series));
  }
  groups.insert(groups.end(), {"server", "client-server", "galera"});
  return groups;
}

std::vector<option> options_of_command_line(std::span<const std::string> server_arguments) {
  std::vector<option> options;
  for (std::size_t i = 0; i < server_arguments.size(); ++i) {
    std::string_view word = server_arguments[i];
    if (word == "--") break;
    if (!word.starts_with("--")) continue;
    word.remove_prefix(2);
    const auto equals = word.find('=');
    option o;
    read_name(word.substr(0, equals), o);
    if (equals != std::string_view::npos) {
      o.value = word.substr(equals + 1);
    } else if (i + 1 < server_arguments.size() && !server_arguments[i + 1].starts_with('-')) {
      o.value = server_arguments[++i];
    }
    options.push_back(std::move(o));
  }
  return options;
}

option_view::option_view(std::span<const option> options, std::vector<std::string> groups,
                         std::string_view suffix)
    : options_{options}, groups_{std::move(groups)} {
  if (suffix.empty()) return;
  for (std::size_t i = 0, plain = groups_.size(); i < plain; ++i) {
    if (!groups_[i].empty()) groups_.push_back(groups_[i] + std::string{suffix});
  }
}

std::optional<option> option_view::find(std::string_view name) const {
  std::optional<option> found;
  for (const auto& o : options_) {
    if (!o.name.ends_with(name) || !reads(o)) continue;
    const auto prefix = std::string_view{o.name}.substr(0, o.name.size() - name.size());
    const bool off = prefix == "skip-" || prefix == "disable-";
    const bool on = prefix == "enable-";
    if (!prefix.empty() && !on && !off) continue;
    found = o;
    if (!prefix.empty()) found->value = on ? "1" : "0";
  }
  return found;
}

bool option_view::reads(const option& o) const {
  return std::find(groups_.begin(), groups_.end(), o.group) != groups_.end();
}

}  // namespace mgc::proxy
