#include "orchestrator/config/assignment_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "proxy/log_text.hpp"

namespace mgc::orchestrator {
namespace {

using proxy::for_log;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

bool is_name(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !text.empty() && (text[0] < '0' || text[0] > '9') && text[0] != '-' &&
         std::all_of(text.begin(), text.end(), fits);
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// `export` of `export KEY=VALUE`, taken off with the blanks behind it.
bool take_word(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word) || text.size() == word.size() || !is_blank(text[word.size()])) return false;
  text = trim(text.substr(word.size()));
  return true;
}

// One word of a shell and what stands behind it.
struct word_reader {
  std::string_view text;
  std::string word = {};
  std::string problem = {};
  bool wants_expansion = false;
  char quote = 0;

  void read() {
    std::size_t at = 0;
    for (; at < text.size() && (quote != 0 || !is_blank(text[at])); ++at) {
      const char c = text[at];
      if (quote == 0 && is_operator(c)) {
        problem = fmt::format("'{}' needs quotes; nothing in this file is executed", c);
        return;
      }
      if (escapes(at)) {
        word += text[++at];
      } else if (quote != 0 ? c == quote : (c == '\'' || c == '"')) {
        quote = quote != 0 ? '\0' : c;
      } else {
        if (quote != '\'') wants_expansion = wants_expansion || looks_expanded(at);
        word += c;
      }
    }
    if (quote != 0) problem = "a quote is not closed";
    text = trim(text.substr(at));
  }

 private:
  static bool is_operator(char c) { return std::string_view{";&|<>()"}.find(c) != std::string_view::npos; }

  bool escapes(std::size_t at) const {
    if (text[at] != '\\' || quote == '\'' || at + 1 >= text.size()) return false;
    return quote == 0 || std::string_view{"$`\"\\"}.find(text[at + 1]) != std::string_view::npos;
  }

  bool looks_expanded(std::size_t at) const {
    if (text[at] == '`') return true;
    if (text[at] != '$' || at + 1 >= text.size()) return false;
    const char next = text[at + 1];
    return next == '{' || next == '(' || next == '_' || (next >= 'a' && next <= 'z') ||
           (next >= 'A' && next <= 'Z');
  }
};

class line_parser {
 public:
  line_parser(const std::string& file, assignment_file& into) : file_{file}, into_{into} {}

  void parse(std::string_view line) {
    ++line_;
    line = trim(line);
    if (line.empty() || line[0] == '#') return;
    if (line.find('\0') != std::string_view::npos) return refuse("a NUL byte");
    if (take_word(line, "unset")) return remove(line);
    take_word(line, "export");
    assign(line);
  }

 private:
  void remove(std::string_view names) {
    while (!names.empty() && names[0] != '#') {
      const auto end = std::min(names.find_first_of(" \t"), names.size());
      const auto name = names.substr(0, end);
      if (!is_name(name))
        return refuse(fmt::format("'{}' is not the name of a variable", for_log(name, 100)));
      into_.assignments.push_back({std::string{name}, std::nullopt, line_});
      names = trim(names.substr(end));
    }
  }

  void assign(std::string_view line) {
    const auto equals = line.find('=');
    const auto name = line.substr(0, equals);
    if (equals == std::string_view::npos || !is_name(name)) {
      return refuse("give KEY=VALUE, export KEY=VALUE or unset KEY; nothing in this file is executed");
    }
    word_reader value{line.substr(equals + 1)};
    value.read();
    if (!value.problem.empty()) return refuse(fmt::format("{}: {}", name, value.problem));
    if (!value.text.empty() && value.text[0] != '#') {
      return refuse(fmt::format("{}: there is more behind the value; one with blanks needs quotes", name));
    }
    if (value.wants_expansion) {
      into_.warnings.push_back(fmt::format(
          "{}, line {}: {}: '$' and '`' stand for themselves, nothing is expanded; single quotes say so too",
          for_log(file_, 500), line_, name));
    }
    into_.assignments.push_back({std::string{name}, std::move(value.word), line_});
  }

  void refuse(std::string_view why) {
    into_.problems.push_back(fmt::format("{}, line {}: {}", for_log(file_, 500), line_, why));
  }

  const std::string& file_;
  assignment_file& into_;
  unsigned line_ = 0;
};

}  // namespace

assignment_file parse_assignments(std::string_view text, const std::string& file) {
  assignment_file read;
  line_parser parser{file, read};
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    parser.parse(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return read;
}

}  // namespace mgc::orchestrator
