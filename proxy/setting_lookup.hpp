#pragma once

// Finds options in the groups in which the stock methods look for them, and keeps count of what was asked for: what nobody
// asked for is unknown. Core.

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/option_file.hpp"

namespace mgc::proxy {

class setting_lookup {
 public:
  // `options` must outlive it.
  setting_lookup(std::span<const option> options, std::string_view group_suffix);

  // In [mgc]. One without a value is an error.
  std::optional<option> mgc(std::string_view name);

  // The others know no empty values: an option without one is as good as not given, and the next group counts.
  std::optional<option> server(std::string_view name) const;  // the server's command line and its groups
  std::optional<option> sst(std::string_view name);           // [sst]
  std::optional<option> backup(std::string_view name);        // [sst], [xtrabackup], [mariabackup]
  std::optional<option> any(std::string_view name);           // the server's, then those three

  // Where mariadb-backup itself looks for how to connect; the last one counts.
  std::optional<option> backup_connection(std::string_view name) const;

  // Is it one of a group that serves state transfers alone?
  bool is_of_transfers(const option& o) const;

  // What stands in [mgc] or in [sst], and nobody asked for.
  std::vector<option> unknown_to_mgc() const;
  std::vector<option> unknown_to_sst() const;

  // What stands in a group of transfers, was asked for, and counts as not given for want of a value.
  std::vector<option> without_value() const;

  const std::set<std::string, std::less<>>& asked_of_mgc() const { return asked_of_mgc_; }

 private:
  std::span<const option> options_;
  option_view server_;
  option_view mgc_;
  option_view sst_;
  option_view xtrabackup_;
  option_view mariabackup_;
  option_view backup_connection_;
  std::set<std::string, std::less<>> asked_of_mgc_;
  std::set<std::string, std::less<>> asked_of_sst_;
};

}  // namespace mgc::proxy
