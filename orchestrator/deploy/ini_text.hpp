#pragma once

// INI files as Python's ConfigParser reads them, as far as anybody can have relied on it, for `mgc deploy`. Core.
//
//   [section]
//   # a comment; so is a line that begins with ";"
//   Key = value        # a comment as well, behind a blank
//   key: "a value with # in it"
//
// Keys know no upper case, and end at the first "=" or ":". Blanks around keys and values do not count. One pair of quotes
// around a value, "..." or '...', is taken off; nothing in it is special, neither is "%". What ConfigParser would take
// for a continued line is refused: in practice it is a slip. So is a key that is given twice.

#include <string>
#include <string_view>
#include <vector>

namespace mgc::orchestrator {

struct ini_entry {
  std::string section;
  std::string key;  // in lower case
  std::string value;
  unsigned line = 0;
};

struct ini_file {
  std::vector<ini_entry> entries;     // in the order of the text; no key is there twice
  std::vector<std::string> problems;  // "FILE, line 3: ..."; never a value
};

// `file` is only for what is said about it.
ini_file parse_ini(std::string_view text, const std::string& file);

}  // namespace mgc::orchestrator
