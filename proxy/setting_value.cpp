#include "proxy/setting_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <optional>

#include "proxy/bad_setting.hpp"
#include "proxy/log_text.hpp"

namespace mgc::proxy {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

class word_splitter {
 public:
  explicit word_splitter(std::string_view text) : text_{text} {}

  // Empty when a quote is not closed.
  std::optional<std::vector<std::string>> split() {
    for (std::size_t i = 0; i < text_.size(); ++i) {
      const char c = text_[i];
      const bool escapes = c == '\\' && i + 1 < text_.size() && is_escapable(text_[i + 1]);
      if (escapes) {
        add(text_[++i]);
      } else if (quote_ != 0 && c == quote_) {
        quote_ = 0;
      } else if (quote_ == 0 && (c == '\'' || c == '"')) {
        quote_ = c;
        started_ = true;
      } else if (quote_ == 0 && is_blank(c)) {
        finish();
      } else {
        add(c);
      }
    }
    finish();
    if (quote_ != 0) return std::nullopt;
    return std::move(words_);
  }

 private:
  bool is_escapable(char next) const {
    if (quote_ == '\'') return false;
    return quote_ == 0 || next == '"' || next == '\\';
  }

  void add(char c) {
    word_ += c;
    started_ = true;
  }

  void finish() {
    if (started_) words_.push_back(std::move(word_));
    word_.clear();
    started_ = false;
  }

  std::string_view text_;
  std::vector<std::string> words_;
  std::string word_;
  bool started_ = false;
  char quote_ = 0;
};

const std::string& value_of(const option& o) {
  static const std::string none;
  return o.value ? *o.value : none;
}

}  // namespace

void refuse_value(const option& o, std::string_view allowed) {
  throw bad_setting{
      fmt::format("{}: '{}' is not allowed; {}", describe(o), for_log(value_of(o), 200), allowed)};
}

std::int64_t read_number(const option& o, std::int64_t least, std::int64_t most) {
  const auto& text = value_of(o);
  std::int64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, failed] = std::from_chars(text.data(), end, number);
  if (failed != std::errc{} || rest != end || number < least || number > most) {
    refuse_value(o, fmt::format("give a whole number from {} to {}", least, most));
  }
  return number;
}

bool read_switch(const option& o) {
  static constexpr std::array<std::string_view, 4> on{"1", "on", "yes", "true"};
  static constexpr std::array<std::string_view, 4> off{"0", "off", "no", "false"};
  auto text = value_of(o);
  for (auto& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (std::find(on.begin(), on.end(), text) != on.end()) return true;
  if (std::find(off.begin(), off.end(), text) == off.end()) refuse_value(o, "give 0 or 1");
  return false;
}

std::string read_size(const option& o) {
  std::string_view digits = value_of(o);
  if (!digits.empty() && std::string_view{"kKmMgGtTpPeE"}.find(digits.back()) != std::string_view::npos) {
    digits.remove_suffix(1);
  }
  if (digits.empty() || digits.size() > 19 ||
      digits.find_first_not_of("0123456789") != std::string_view::npos) {
    refuse_value(o, "give a number of bytes, as 512M or 2G");
  }
  return value_of(o);
}

std::string absolute_path(const std::string& path, const std::string& base) {
  auto absolute = (std::filesystem::path{base} / path).lexically_normal().string();
  while (absolute.size() > 1 && absolute.ends_with('/')) absolute.pop_back();
  return absolute;
}

std::string read_path(const option& o, const std::string& base) {
  const auto& path = value_of(o);
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (path.empty() || std::any_of(path.begin(), path.end(), is_control)) {
    refuse_value(o, "give a path without control characters");
  }
  return absolute_path(path, base);
}

std::vector<std::string> read_words(const option& o) {
  auto words = word_splitter{value_of(o)}.split();
  if (!words) refuse_value(o, "a quote is not closed");
  return std::move(*words);
}

}  // namespace mgc::proxy
