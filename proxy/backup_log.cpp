#include "proxy/backup_log.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace mgc::proxy {
namespace {

constexpr std::size_t longest_line = 4096;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool take(std::string_view& text, std::string_view start) {
  if (!text.starts_with(start)) return false;
  text.remove_prefix(start.size());
  return true;
}

bool take_number(std::string_view& text, std::uint64_t& number) {
  const auto* const end = text.data() + text.size();
  const auto [rest, failed] = std::from_chars(text.data(), end, number);
  if (failed != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  return true;
}

// Whether `text` begins as `pattern` does, where 0 stands for any digit; then without that.
bool take_pattern(std::string_view& text, std::string_view pattern) {
  if (text.size() < pattern.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '0' ? !is_digit(text[i]) : text[i] != pattern[i]) return false;
  }
  text.remove_prefix(pattern.size());
  return true;
}

// "./shop/item.ibd", "/var/lib/mysql//aria_log_control to <STDOUT>", "/elsewhere/shop/item.ibd": what is within the data
// directory, or file and folder of what is not.
std::string short_name(std::string_view name) {
  constexpr std::string_view target = " to <STDOUT>";
  if (name.ends_with(target)) name.remove_suffix(target.size());
  (void)take(name, "./");
  if (const auto within = name.find("//"); within != std::string_view::npos) {
    name.remove_prefix(within + 2);
  } else if (name.starts_with('/')) {
    const auto file = name.rfind('/');
    const auto folder = file == 0 ? 0 : name.rfind('/', file - 1);
    name.remove_prefix(folder + 1);
  }
  return std::string{name};
}

std::optional<backup_stage> to_stage(std::string_view name) {
  if (name == "START") return backup_stage::start;
  if (name == "FLUSH") return backup_stage::flush;
  if (name == "BLOCK_DDL") return backup_stage::block_ddl;
  if (name == "BLOCK_COMMIT") return backup_stage::block_commit;
  return std::nullopt;
}

std::optional<backup_event> read_positions(std::string_view words) {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::uint64_t wanted = 0;
  if (take(words, ">> log scanned up to (")) {
    if (take_number(words, to) && words == ")") return log_scanned{to};
  } else if (take(words, "Redo log (from LSN ")) {
    if (take_number(words, from) && take(words, " to ") && take_number(words, to) &&
        take(words, ") was copied")) {
      return redo_copied{from, to};
    }
  } else if (take(words, "Was only able to copy log from ")) {
    if (take_number(words, from) && take(words, " to ") && take_number(words, to) && take(words, ", not ") &&
        take_number(words, wanted)) {
      return redo_incomplete{wanted, to};
    }
  }
  return std::nullopt;
}

// A name of a file may have any word in it, so it is the beginning or the end of a line that counts.
bool tells_of_an_error(std::string_view words) {
  static constexpr std::array begins{
      "Error",  "ERROR", "mariabackup: Error", "mariabackup: error", "mariadb-backup: Error",
      "Failed", "failed"};
  static constexpr std::array ends{" failed.", " error."};
  if (words.starts_with("Warning")) return false;
  return std::any_of(begins.begin(), begins.end(), [&](auto* text) { return words.starts_with(text); }) ||
         std::any_of(ends.begin(), ends.end(), [&](auto* text) { return words.ends_with(text); });
}

}  // namespace

std::optional<backup_event> read_backup_line(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  auto words = line;
  (void)take_pattern(words, "[00] ");
  const bool fatal = take(words, "FATAL ERROR: ");
  (void)take_pattern(words, "0000-00-00 00:00:00 ");
  if (fatal) return backup_error{std::string{words}};

  // InnoDB's own: "0 [ERROR] InnoDB: ...".
  auto of_innodb = words;
  std::uint64_t thread = 0;
  if (take_number(of_innodb, thread) && take(of_innodb, " [")) {
    if (take(of_innodb, "ERROR] ")) return backup_error{std::string{of_innodb}};
    return std::nullopt;
  }

  if (auto positions = read_positions(words)) return positions;
  if (words == "completed OK!") return backup_completed{};
  if (words == "All tables unlocked") return stage_reached{backup_stage::end};
  if (take(words, "Acquired locks for BACKUP STAGE ")) {
    const auto stage = to_stage(words);
    return stage ? std::optional<backup_event>{stage_reached{*stage}} : std::nullopt;
  }
  if (take(words, "Streaming ") || take(words, "Compressing and streaming ")) {
    return file_streamed{short_name(words)};
  }
  if (tells_of_an_error(words)) return backup_error{std::string{words}};
  return std::nullopt;
}

void backup_log::keep(std::string_view part) {
  line_ += part.substr(0, longest_line - std::min(longest_line, line_.size()));
}

std::string_view to_string(backup_stage stage) {
  switch (stage) {
    case backup_stage::start: return "copying data";
    case backup_stage::flush: return "copying tables without transactions";
    case backup_stage::block_ddl: return "backup holds BLOCK_DDL";
    case backup_stage::block_commit: return "backup holds BLOCK_COMMIT";
    case backup_stage::end: return "finishing";
  }
  return "unknown";
}

}  // namespace mgc::proxy
