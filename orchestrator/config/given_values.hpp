#pragma once

// What was given: the environment, overlaid by conf/custom.cfg, with secrets read from the files that *_FILE names. Core;
// files are read through a function.
//
// An empty value counts as not given, but for options of the server (my_..., wsrep_...), where it may be meant.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/config/assignment_file.hpp"
#include "orchestrator/config/node_settings.hpp"
#include "proxy/error.hpp"

namespace mgc::orchestrator {

using file_reader = std::function<proxy::result<std::string>(const std::string& path)>;

class given_values {
 public:
  struct entry {
    std::string value;
    std::string origin;  // "environment", "conf/custom.cfg, line 3", "/run/secrets/root"
  };

  // KEY=VALUE each. As for getenv(), the first of a name counts.
  explicit given_values(const std::vector<std::string>& environment);

  void overlay(const assignment_file& file, const std::string& origin);

  // Replaces every NAME_FILE of a secret by NAME. What cannot be read, and NAME beside it, goes to `problems`.
  void read_secret_files(const file_reader& read, std::vector<std::string>& problems);

  // A variable of the table; unset when it is not given. Throws std::logic_error for any other name.
  const entry* find(std::string_view name) const;

  // The same, or the table's default.
  std::string value_of(std::string_view name) const;
  secret secret_of(std::string_view name) const;

  // "cluster_mode='2' (environment)", or without the value for a secret.
  std::string describe(std::string_view name) const;

  // Everything, sorted by name; for node1..., my_..., wsrep_...
  const std::map<std::string, entry, std::less<>>& all() const { return entries_; }

  // Names that look like ours, and are none: one line each.
  std::vector<std::string> unknown_variables() const;

  // For `mgc config`: each variable of the table that was given or has a default.
  std::vector<variable_value> shown() const;

 private:
  std::map<std::string, entry, std::less<>> entries_;
};

// node7 is 7; unset for any other name.
std::optional<std::string_view> node_digits(std::string_view name);

// The secret that a file is named for: of cluster_secret_FILE it is cluster_secret. Empty for any other name.
std::string_view secret_in_file(std::string_view name);

// Does it name an option of the server, and which: my_max_connections, wsrep_on. Empty: it does not.
std::string_view server_option_of(std::string_view name);

}  // namespace mgc::orchestrator
