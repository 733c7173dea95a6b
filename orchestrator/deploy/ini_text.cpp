#include "orchestrator/deploy/ini_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <optional>

#include "proxy/log_text.hpp"

namespace mgc::orchestrator {
namespace {

constexpr std::string_view blanks = " \t\f\v";
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

bool is_blank(char c) { return blanks.find(c) != std::string_view::npos; }
bool begins_comment(char c) { return c == '#' || c == ';'; }

// Up to a comment, which needs a blank in front of it.
std::string_view without_comment(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (begins_comment(text[i]) && is_blank(text[i - 1])) return text.substr(0, i);
  }
  return text;
}

// Unset: a quote that begins it does not end it.
std::optional<std::string> value_of(std::string_view text) {
  const auto inside = trimmed(text);
  if (inside.empty() || (inside.front() != '"' && inside.front() != '\''))
    return std::string{trimmed(without_comment(text))};
  const auto end = inside.find(inside.front(), 1);
  if (end == std::string_view::npos) return std::nullopt;
  const auto rest = inside.substr(end + 1);
  if (!rest.empty() && !trimmed(without_comment(rest)).empty()) return std::nullopt;
  return std::string{inside.substr(1, end - 1)};
}

bool is_utf8(const std::string& text) {
  boost::json::error_code failed;
  (void)boost::json::parse(boost::json::serialize(boost::json::string{text}), failed);
  return !failed;
}

class ini_reader {
 public:
  explicit ini_reader(const std::string& file) : name_{file} {}

  void take(std::string_view line) {
    ++line_;
    if (line.find('\0') != std::string_view::npos) return complain("has a NUL byte in it");
    const auto text = trimmed(line);
    if (text.empty() || begins_comment(text.front())) return;
    if (text.front() == '[') return take_section(text);
    if (is_blank(line.front()) && after_key_) {
      return complain(
          "begins with a blank, which would continue the value of the line above; write a key at the "
          "beginning of its line, and a value on one line");
    }
    take_entry(text);
  }

  ini_file made;

 private:
  void complain(const std::string& what) {
    made.problems.push_back(fmt::format("{}, line {}: {}", name_, line_, what));
  }

  void take_section(std::string_view text) {
    after_key_ = false;
    const auto end = text.find(']');
    const auto name = trimmed(text.substr(1, end == std::string_view::npos ? end : end - 1));
    if (end == std::string_view::npos || name.empty()) return complain("a section is written as [name]");
    if (const auto rest = trimmed(text.substr(end + 1)); !rest.empty() && !begins_comment(rest.front()))
      return complain("nothing but a comment may be behind a section");
    section_ = name;
  }

  void take_entry(std::string_view text) {
    const auto end = text.find_first_of("=:");
    // What has no key in it may be a part of anything, a password too: it is not shown.
    if (end == std::string_view::npos || end == 0)
      return complain("is none of key=value, [section] and # comment");
    after_key_ = true;
    std::string key{trimmed(text.substr(0, end))};
    std::transform(key.begin(), key.end(), key.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    // Nor is one with a blank in it, for which a '=' may be missing.
    if (key.find_first_of(" \t") != std::string::npos)
      return complain("has a blank within its key; is a '=' missing?");
    const auto shown = proxy::for_log(key, 100);
    if (!section_) return complain(fmt::format("{} is in no section; put [global] above it", shown));
    const auto [earlier, is_new] = lines_.try_emplace(key, line_);
    if (!is_new) return complain(fmt::format("{} was given in line {} already", shown, earlier->second));
    auto value = value_of(text.substr(end + 1));
    if (!value) {
      return complain(fmt::format(
          "the value of {} begins with a quote; it must end with the same one, and have none within", shown));
    }
    if (!is_utf8(key) || !is_utf8(*value)) return complain(fmt::format("{} is not UTF-8", shown));
    made.entries.push_back({*section_, std::move(key), std::move(*value), line_});
  }

  const std::string& name_;
  unsigned line_ = 0;
  bool after_key_ = false;
  std::optional<std::string> section_;
  std::map<std::string, unsigned, std::less<>> lines_;
};

}  // namespace

ini_file parse_ini(std::string_view text, const std::string& file) {
  ini_reader reader{file};
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    reader.take(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::move(reader.made);
}

}  // namespace mgc::orchestrator
