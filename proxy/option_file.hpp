#pragma once

// MariaDB's option files, read as the server and its programs read them: groups, comments, quotes, escapes, !include
// and !includedir. Core: one text at a time; option_file_reader.hpp reads files.
//
// Nothing is decided here about values, and options keep their order: where one is given twice, the later one counts.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mgc::proxy {

struct option {
  std::string group;                 // empty: from the server's command line
  std::string name;                  // with '-' for '_', and without "loose-"
  std::string written;               // the name as it stands there
  std::optional<std::string> value;  // unset: the name alone
  bool loose = false;                // whoever does not know it shall not mind
  std::string file;
  unsigned line = 0;
};

// "[sst] rlimit (/etc/mysql/my.cnf, line 7)", for messages; never the value.
std::string describe(const option& o);

struct include_directive {
  std::string path;
  bool directory = false;
  unsigned line = 0;
};

using option_file_item = std::variant<option, include_directive>;

// In the order of the text. `file` is only for what is said about it. Throws bad_setting, which names file and line.
std::vector<option_file_item> parse_option_file(std::string_view text, const std::string& file);

// What was read from several files, one after the other.
struct option_files {
  std::vector<option> options;
  std::vector<std::string> notes;  // for the log: what was not read, and why
};

// The groups that a server of this series reads: mysqld, server, mysqld-10.11, mariadb, ... galera.
std::vector<std::string> server_groups(std::string_view series = "10.11");

// --name, --name=value and --name value, as of group "". Short options are left out.
std::vector<option> options_of_command_line(std::span<const std::string> server_arguments);

// The options of some groups, each group read also under its name with the suffix. Looks at `options`, which must outlive
// it.
class option_view {
 public:
  option_view(std::span<const option> options, std::vector<std::string> groups, std::string_view suffix);

  // The last setting of `name` (written with '-'). "skip-name" and "disable-name" are name=0, "enable-name" is name=1.
  std::optional<option> find(std::string_view name) const;

  bool reads(const option& o) const;

 private:
  std::span<const option> options_;
  std::vector<std::string> groups_;
};

}  // namespace mgc::proxy
