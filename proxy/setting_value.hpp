#pragma once

// What the value of one option means. Core. Every error is a bad_setting that names the option, where it stands, its value
// and what is allowed.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/option_file.hpp"

namespace mgc::proxy {

// "[sst] rlimit (/etc/my.cnf, line 7): '7q' is not allowed; ALLOWED".
[[noreturn]] void refuse_value(const option& o, std::string_view allowed);

std::int64_t read_number(const option& o, std::int64_t least, std::int64_t most);

// 1, on, yes, true; 0, off, no, false.
bool read_switch(const option& o);

// A number of bytes as the server writes it: digits and one of k, m, g, t, p, e. Comes back as it is.
std::string read_size(const option& o);

// An absolute path without a slash at the end; a relative one is taken from `base`.
std::string read_path(const option& o, const std::string& base);
std::string absolute_path(const std::string& path, const std::string& base);

// Words as a shell would split them: blanks part them, '...', "..." and a backslash keep them together. Nothing else has
// a meaning, nothing is expanded.
std::vector<std::string> read_words(const option& o);

}  // namespace mgc::proxy
