#include "proxy/rsync_greeting.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "proxy/log_text.hpp"

namespace mgc::proxy {
namespace {

constexpr std::string_view word = "@RSYNCD: ";
constexpr std::size_t longest_line = 4096;         // or argument
constexpr std::size_t most_read = 256 * 1024;      // of each side, messages of the day included
constexpr unsigned first_with_nul_arguments = 30;  // the version of rsync's protocol

std::string_view after(std::string_view text, std::string_view prefix) {
  text.remove_prefix(prefix.size());
  return text;
}

// "31.0 sha512 md5", "30.0", "29".
std::optional<rsync_greeting::version> read_version(std::string_view line) {
  if (!line.starts_with(word)) return std::nullopt;
  const auto text = after(line, word);
  const auto* const end = text.data() + text.size();
  rsync_greeting::version v;
  auto [rest, failed] = std::from_chars(text.data(), end, v.major);
  if (failed != std::errc{}) return std::nullopt;
  if (rest != end && *rest == '.') {
    const auto [minor_end, minor_failed] = std::from_chars(rest + 1, end, v.minor);
    if (minor_failed != std::errc{}) return std::nullopt;
    rest = minor_end;
  }
  if (rest != end && *rest != ' ') return std::nullopt;
  return v;
}

// Takes what belongs to the line (or argument) that `held` has the beginning of: whether it is complete now.
bool take_line(std::string& held, std::span<const std::byte>& bytes, char separator) {
  const auto end = std::find(bytes.begin(), bytes.end(), static_cast<std::byte>(separator));
  const auto count = static_cast<std::size_t>(end - bytes.begin());
  held.append(reinterpret_cast<const char*>(bytes.data()), std::min(count, longest_line + 1 - held.size()));
  const bool complete = end != bytes.end();
  bytes = bytes.subspan(count + (complete ? 1 : 0));
  return complete;
}

}  // namespace

char rsync_greeting::separator() const {
  if (phase_ != phase::arguments) return '\n';
  return std::min(client_version_->major, server_version_->major) < first_with_nul_arguments ? '\n' : '\0';
}

void rsync_greeting::from_client(std::span<const std::byte> bytes) {
  while (!bytes.empty() && wants_client()) {
    if (phase_ == phase::answer && !client_must_answer_) return give_up();  // it had to wait
    const auto before = bytes.size();
    const bool complete = take_line(client_held_, bytes, separator());
    client_read_ += before - bytes.size();
    if (client_held_.size() > longest_line || client_read_ > most_read) return give_up();
    if (!complete) return;
    const auto line = std::exchange(client_held_, {});
    if (phase_ == phase::arguments) {
      argument(line);
    } else {
      client_line(line);
    }
  }
}

void rsync_greeting::from_server(std::span<const std::byte> bytes) {
  while (!bytes.empty() && wants_server()) {
    const auto before = bytes.size();
    const bool complete = take_line(server_held_, bytes, '\n');
    server_read_ += before - bytes.size();
    if (server_held_.size() > longest_line || server_read_ > most_read) return give_up();
    if (!complete) return;
    server_line(std::exchange(server_held_, {}));
  }
}

void rsync_greeting::client_line(std::string_view line) {
  if (client_must_answer_) {
    client_must_answer_ = false;
  } else if (!client_version_) {
    client_version_ = read_version(line);
    if (!client_version_) give_up();
  } else {
    module_ = line;
    phase_ = phase::answer;
  }
}

void rsync_greeting::server_line(std::string_view line) {
  constexpr std::string_view refusal = "@ERROR";
  if (line.starts_with(refusal)) {
    error_ = after(line, refusal);
    error_.erase(0, error_.find_first_not_of(": "));
    phase_ = phase::refused;
  } else if (!server_version_) {
    server_version_ = read_version(line);
    if (!server_version_) give_up();
  } else if (line == "@RSYNCD: EXIT") {
    phase_ = phase::refused;
  } else if (line == "@RSYNCD: OK") {
    if (phase_ != phase::answer || client_must_answer_) return give_up();
    phase_ = phase::arguments;
  } else if (line.starts_with("@RSYNCD: AUTHREQD ")) {
    if (phase_ != phase::answer || client_must_answer_) return give_up();
    client_must_answer_ = true;
  }
}

void rsync_greeting::argument(std::string_view text) {
  if (text.empty()) {
    phase_ = phase::transfer;
  } else {
    last_argument_ = text;
  }
}

void rsync_greeting::give_up() {
  phase_ = phase::opaque;
  client_held_.clear();
  server_held_.clear();
}

std::string rsync_greeting::module() const { return for_log(module_); }

std::string rsync_greeting::last_argument() const {
  return phase_ == phase::transfer ? for_log(last_argument_) : "";
}

std::string rsync_greeting::directory() const {
  if (phase_ != phase::transfer) return "";
  std::string_view path = last_argument_;
  if (path.starts_with(module_)) path = after(path, module_);
  while (path.starts_with('/') || path.starts_with("./")) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  if (path == ".") path = "";
  return for_log(path);
}

std::string rsync_greeting::error() const { return for_log(error_); }

}  // namespace mgc::proxy
