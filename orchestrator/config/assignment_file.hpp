#pragma once

// Files of KEY=VALUE lines: conf/custom.cfg and initdb.d/*.env. They look like shell, for which the reference image took
// them, but nothing in them is ever executed or expanded. Core.
//
//   KEY=VALUE   export KEY=VALUE   unset KEY   # a comment, also behind a value and a blank
//
// A value is one word as a shell would read it: 'between single quotes everything stands for itself', between double
// quotes and without quotes a backslash protects the next character ("$", "`", '"', "\" between double ones). Blanks need
// quotes. `$NAME` is literal text.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mgc::orchestrator {

struct assignment {
  std::string name;
  std::optional<std::string> value;  // unset: `unset KEY`
  unsigned line = 0;
};

struct assignment_file {
  std::vector<assignment> assignments;  // in the order of the text
  std::vector<std::string> problems;    // "FILE, line 3: ..."; never a value
  std::vector<std::string> warnings;
};

// `file` is only for what is said about it.
assignment_file parse_assignments(std::string_view text, const std::string& file);

}  // namespace mgc::orchestrator
