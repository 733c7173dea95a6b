#include "proxy/setting_lookup.hpp"

#include <fmt/format.h>

#include "proxy/bad_setting.hpp"

namespace mgc::proxy {
namespace {

using names = std::set<std::string, std::less<>>;

std::optional<option> find_with_value(const option_view& view, std::string_view name) {
  auto found = view.find(name);
  if (found && found->value.value_or("").empty()) return std::nullopt;
  return found;
}

std::vector<std::string> server_and_command_line() {
  auto groups = server_groups();
  groups.emplace_back();
  return groups;
}

bool has(const names& asked, std::string_view name) {
  if (asked.find(name) != asked.end()) return true;
  for (const std::string_view prefix : {"skip-", "disable-", "enable-"}) {
    if (name.starts_with(prefix)) return asked.find(name.substr(prefix.size())) != asked.end();
  }
  return false;
}

std::vector<option> without(std::span<const option> options, const option_view& view, const names& asked) {
  std::vector<option> unknown;
  for (const auto& o : options) {
    if (view.reads(o) && !has(asked, o.name)) unknown.push_back(o);
  }
  return unknown;
}

}  // namespace

setting_lookup::setting_lookup(std::span<const option> options, std::string_view group_suffix)
    : options_{options},
      server_{options, server_and_command_line(), group_suffix},
      mgc_{options, {"mgc"}, group_suffix},
      sst_{options, {"sst"}, group_suffix},
      xtrabackup_{options, {"xtrabackup"}, group_suffix},
      mariabackup_{options, {"mariabackup"}, group_suffix},
      backup_connection_{
          options,
          {"xtrabackup", "mariabackup", "mariadb-backup", "client", "client-server", "client-mariadb"},
          group_suffix} {}

std::optional<option> setting_lookup::mgc(std::string_view name) {
  asked_of_mgc_.emplace(name);
  auto found = mgc_.find(name);
  if (found && found->value.value_or("").empty()) {
    throw bad_setting{fmt::format("{}: a value is missing", describe(*found))};
  }
  return found;
}

std::optional<option> setting_lookup::server(std::string_view name) const {
  return find_with_value(server_, name);
}

std::optional<option> setting_lookup::sst(std::string_view name) {
  asked_of_sst_.emplace(name);
  return find_with_value(sst_, name);
}

std::optional<option> setting_lookup::backup(std::string_view name) {
  if (auto found = sst(name)) return found;
  if (auto found = find_with_value(xtrabackup_, name)) return found;
  return find_with_value(mariabackup_, name);
}

std::optional<option> setting_lookup::any(std::string_view name) {
  auto of_transfers = backup(name);
  if (auto found = server(name)) return found;
  return of_transfers;
}

std::optional<option> setting_lookup::backup_connection(std::string_view name) const {
  return find_with_value(backup_connection_, name);
}

bool setting_lookup::is_of_transfers(const option& o) const {
  return sst_.reads(o) || xtrabackup_.reads(o) || mariabackup_.reads(o);
}

std::vector<option> setting_lookup::unknown_to_mgc() const { return without(options_, mgc_, asked_of_mgc_); }

std::vector<option> setting_lookup::unknown_to_sst() const { return without(options_, sst_, asked_of_sst_); }

std::vector<option> setting_lookup::without_value() const {
  std::vector<option> empty;
  for (const auto& o : options_) {
    if (is_of_transfers(o) && has(asked_of_sst_, o.name) && o.value.value_or("").empty()) empty.push_back(o);
  }
  return empty;
}

}  // namespace mgc::proxy
