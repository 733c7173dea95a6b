#include "proxy/log_text.hpp"

#include <fmt/format.h>

#include <iterator>

namespace mgc::proxy {
namespace {

bool is_control(unsigned char c) { return c < 0x20 || c == 0x7f || c == '\\'; }

// U+0080 to U+009F: a terminal may obey them as it does ESC.
bool is_c1(std::string_view text, std::size_t at) {
  if (at + 1 >= text.size() || text[at] != '\xc2') return false;
  const auto second = static_cast<unsigned char>(text[at + 1]);
  return second >= 0x80 && second < 0xa0;
}

}  // namespace

std::string for_log(std::string_view text, std::size_t most) {
  std::string safe;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto before = safe.size();
    const auto c = static_cast<unsigned char>(text[i]);
    if (is_c1(text, i)) {
      fmt::format_to(std::back_inserter(safe), "\\x{:02x}\\x{:02x}", c,
                     static_cast<unsigned char>(text[++i]));
    } else if (is_control(c)) {
      fmt::format_to(std::back_inserter(safe), "\\x{:02x}", c);
    } else {
      safe += text[i];
    }
    if (safe.size() > most) {
      safe.resize(before);
      return safe + "...";
    }
  }
  return safe;
}

}  // namespace mgc::proxy
