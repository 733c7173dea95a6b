#include "proxy/backup_watch.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "proxy/log_text.hpp"

namespace mgc::proxy {

backup_watch::backup_watch(const sst_context& context, donor_session& session, shaper::file_descriptor said, const std::string& log)
    : context_{context}, session_{session}, said_{std::move(said)}, log_{::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640)} {
  if (!log_) context.process.warn(fmt::format("what mariadb-backup says is not kept: cannot write {}: {}", log, std::strerror(errno)));
  listener_ = std::thread{[this] { listen(); }};
}

void backup_watch::finish() {
  if (listener_.joinable()) listener_.join();
}

void backup_watch::listen() {
  std::string line;
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto got = ::read(said_.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    const std::string_view bytes{buffer.data(), static_cast<std::size_t>(got)};
    if (log_) (void)write_fully(log_.get(), bytes);
    for (const char c : bytes) {
      constexpr std::size_t longest = 4096;
      if (c != '\n' && line.size() < longest) {
        line += c;
        continue;
      }
      hear(line);
      line.clear();
    }
  }
  if (!line.empty()) hear(line);
}

void backup_watch::hear(const std::string& line) {
  const bool is_error = line.find("error") != std::string::npos || line.find("ERROR") != std::string::npos || line.find("failed") != std::string::npos;
  if (!is_error && last_is_error_) return;
  last_error_ = for_log(line, 500);
  last_is_error_ = is_error;
}

}  // namespace mgc::proxy
