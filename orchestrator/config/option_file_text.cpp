// How a value has to be written so that the server's reader, which proxy/option_file.cpp describes, gives it back: it takes
// off one pair of quotes around the whole, understands \b \t \n \r \s \\ \" \' everywhere, ends a comment-free line at a '#'
// outside of quotes, and knows a quote as protected by a backslash only between quotes. So: double quotes around whatever is
// not plainly a word, and a backslash before what would end or change it. Other control characters stand for themselves; NUL
// cannot be written.

#include "orchestrator/config/option_file_text.hpp"

#include <algorithm>

namespace mgc::orchestrator {
namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view{"_-./:,=@%+*"}.find(c) != std::string_view::npos;
}

char letter_of(char c) {
  switch (c) {
    case '\b': return 'b';
    case '\t': return 't';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\\':
    case '"': return c;
    default: return 0;
  }
}

}  // namespace

std::string quoted_value(std::string_view value) {
  if (!value.empty() && std::all_of(value.begin(), value.end(), is_plain)) return std::string{value};
  std::string text = "\"";
  for (const char c : value) {
    const char letter = letter_of(c);
    if (letter != 0) text += '\\';
    text += letter != 0 ? letter : c;
  }
  return text + '"';
}

std::string option_file_text(const std::vector<server_option>& options) {
  std::string text =
      "# Made by mgc at every start; conf/custom.cfg and the environment are where to change it.\n";
  std::string group;
  for (const auto& option : options) {
    if (option.group != group) text += "\n[" + option.group + "]\n";
    group = option.group;
    text += option.name + " = " + quoted_value(option.value) + "\n";
  }
  return text;
}

}  // namespace mgc::orchestrator
