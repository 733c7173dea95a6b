#pragma once

// MariaDB's option files, read as the server and its programs read them: groups, comments, quotes, escapes, !include
// and !includedir. Parsing one text is core; read_option_files reads files.
//
// Names are kept with '-' for '_' and without a "loose-" before them. Nothing is decided here about values, and options
// keep their order: where one is given twice, the later one counts.

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "proxy/error.hpp"

namespace mgc::proxy {

struct option {
  std::string group;  // empty: from the server's command line
  std::string name;
  std::optional<std::string> value;  // unset: the name alone
  std::string file;
  unsigned line = 0;
};

struct include_directive {
  std::string path;
  bool directory = false;
  unsigned line = 0;
};

using option_file_item = std::variant<option, include_directive>;

// In the order of the text. `file` is only for what is said about it. Throws bad_setting, which names file and line.
std::vector<option_file_item> parse_option_file(std::string_view text, const std::string& file);

struct option_file_list {
  std::string defaults_file;        // the only one, if not empty
  std::string defaults_extra_file;  // read behind the ones of the system
  std::string server_home;          // $MARIADB_HOME, else $MYSQL_HOME
  std::string home;                 // $HOME
};

struct option_files {
  std::vector<option> options;
  std::vector<std::string> notes;  // for the log: a file that was ignored, and why
};

// Files and what they include. A file of the list that does not exist is skipped, one that was named must exist; one that
// everybody may write is ignored, as the server does. Throws bad_setting.
option_files read_option_files(const option_file_list& list);

// The options of some groups, each group also under its name with the suffix.
class option_view {
 public:
  option_view(std::span<const option> options, std::vector<std::string> groups, std::string_view suffix);

  // The last setting of `name` (with '-'). "skip-name" and "disable-name" come back as the value "0", "enable-name" as
  // "1". Null: not set. Valid as long as the options are.
  std::optional<option> find(std::string_view name) const;
  bool reads(std::string_view group) const;

 private:
  std::span<const option> options_;
  std::vector<std::string> groups_;
};

// The groups that a server of this series reads: mysqld, server, mysqld-10.11, mariadb, ... galera.
std::vector<std::string> server_groups(std::string_view series = "10.11");

// --name=value and --name of a server's command line; the rest is left out.
std::vector<option> to_options(std::span<const std::string> server_arguments);

}  // namespace mgc::proxy
