#include "proxy/sst_arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>

#include "proxy/bad_setting.hpp"
#include "proxy/error.hpp"
#include "proxy/log_text.hpp"

namespace mgc::proxy {
namespace {

[[noreturn]] void refuse(std::string_view name, std::string_view value, std::string_view allowed) {
  throw bad_setting{fmt::format("{} '{}': {}", name, for_log(value, 200), allowed)};
}

template <class Number>
Number parse_number(std::string_view name, std::string_view value, Number least, Number most) {
  Number number{};
  const auto* const end = value.data() + value.size();
  const auto [rest, failed] = std::from_chars(value.data(), end, number);
  if (failed != std::errc{} || rest != end || number < least || number > most) {
    refuse(name, value, fmt::format("a number from {} to {} is expected", least, most));
  }
  return number;
}

bool is_uuid(std::string_view text) {
  constexpr std::string_view shape = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";
  const auto fits = [](char c, char wanted) {
    if (wanted == '-') return c == '-';
    return std::string_view{"0123456789abcdefABCDEF"}.find(c) != std::string_view::npos;
  };
  return std::equal(text.begin(), text.end(), shape.begin(), shape.end(), fits);
}

bool is_gtid(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || !is_uuid(text.substr(0, colon))) return false;
  text.remove_prefix(colon + 1);
  std::int64_t seqno = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, failed] = std::from_chars(text.data(), end, seqno);
  return failed == std::errc{} && rest == end;
}

std::string without_slashes_at_end(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return std::string{path};
}

struct known_option {
  std::string_view name;
  void (*take)(sst_arguments& arguments, std::string_view name, std::string_view value);
};

template <std::string sst_arguments::*Member>
void take_text(sst_arguments& arguments, std::string_view, std::string_view value) {
  arguments.*Member = value;
}

void take_role(sst_arguments& arguments, std::string_view name, std::string_view value) {
  if (value != "donor" && value != "joiner")
    refuse(name, value, make_error_code(error::role_missing).message());
  arguments.role = value == "donor" ? sst_role::donor : sst_role::joiner;
}

void take_datadir(sst_arguments& arguments, std::string_view name, std::string_view value) {
  if (!value.starts_with('/')) refuse(name, value, "an absolute path is expected");
  arguments.datadir = without_slashes_at_end(value);
}

void take_local_port(sst_arguments& arguments, std::string_view name, std::string_view value) {
  arguments.local_port = parse_number<std::uint16_t>(name, value, 0, 65535);
}

void take_parent(sst_arguments& arguments, std::string_view name, std::string_view value) {
  arguments.parent = parse_number<int>(name, value, 1, std::numeric_limits<int>::max());
}

void take_progress(sst_arguments& arguments, std::string_view name, std::string_view value) {
  arguments.progress = parse_number<int>(name, value, 0, 1) == 1;
}

void take_gtid(sst_arguments& arguments, std::string_view name, std::string_view value) {
  if (!is_gtid(value)) refuse(name, value, make_error_code(error::gtid_malformed).message());
  arguments.gtid = value;
}

void take_domain(sst_arguments& arguments, std::string_view name, std::string_view value) {
  parse_number<std::uint32_t>(name, value, 0, std::numeric_limits<std::uint32_t>::max());
  arguments.gtid_domain_id = value;
}

constexpr known_option known_options[]{
    {"--role", take_role},
    {"--address", take_text<&sst_arguments::address>},
    {"--datadir", take_datadir},
    {"--socket", take_text<&sst_arguments::socket>},
    {"--local-port", take_local_port},
    {"--parent", take_parent},
    {"--progress", take_progress},
    {"--gtid", take_gtid},
    {"--gtid-domain-id", take_domain},
    {"--binlog", take_text<&sst_arguments::binlog>},
    {"--binlog-index", take_text<&sst_arguments::binlog_index>},
    {"--defaults-file", take_text<&sst_arguments::defaults_file>},
    {"--defaults-extra-file", take_text<&sst_arguments::defaults_extra_file>},
    {"--defaults-group-suffix", take_text<&sst_arguments::defaults_group_suffix>},
};

const known_option* find(std::string_view name) {
  const auto* const found = std::find_if(std::begin(known_options), std::end(known_options),
                                         [&](const known_option& option) { return option.name == name; });
  return found == std::end(known_options) ? nullptr : found;
}

// A line break in a path would end up in the files that are written for rsync and mariadb-backup.
void take(const known_option& option, std::string_view value, sst_arguments& arguments) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(value.begin(), value.end(), is_control)) {
    refuse(option.name, value, "control characters are not allowed");
  }
  option.take(arguments, option.name, value);
}

void require(bool given, std::string_view name) {
  if (!given) throw bad_setting{fmt::format("{} is missing; the server hands it to every method", name)};
}

}  // namespace

sst_arguments parse_sst_arguments(std::span<const char* const> argv) {
  sst_arguments arguments;
  bool role_given = false;
  for (std::size_t i = 1; i < argv.size(); ++i) {
    const std::string_view word = argv[i];
    if (word == "--mysqld-args") {
      arguments.server_arguments.assign(argv.begin() + static_cast<std::ptrdiff_t>(i) + 1, argv.end());
      break;
    }
    const auto equals = std::min(word.find('='), word.size());
    const auto name = word.substr(0, equals);
    if (name == "--bypass") {
      if (equals < word.size()) refuse(name, word.substr(equals + 1), "this option takes no value");
      arguments.bypass = true;
      continue;
    }
    const auto* const option = find(name);
    if (option == nullptr) continue;
    role_given = role_given || name == "--role";
    if (equals < word.size()) {
      take(*option, word.substr(equals + 1), arguments);
      continue;
    }
    if (i + 1 == argv.size() || std::string_view{argv[i + 1]}.starts_with("--")) {
      throw bad_setting{
          fmt::format("{}: {}", name, make_error_code(error::argument_missing_value).message())};
    }
    take(*option, argv[++i], arguments);
  }
  if (!role_given) throw bad_setting{make_error_code(error::role_missing).message()};
  require(!arguments.address.empty(), "--address");
  require(!arguments.datadir.empty(), "--datadir");
  require(arguments.role == sst_role::joiner || !arguments.gtid.empty(), "--gtid");
  return arguments;
}

}  // namespace mgc::proxy
