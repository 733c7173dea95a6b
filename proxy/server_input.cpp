#include "proxy/server_input.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <map>

namespace mgc::proxy {
namespace {

using clock = std::chrono::steady_clock;
using lines_by_key = std::map<std::string_view, std::string_view>;

constexpr std::size_t most_bytes = std::size_t{64} * 1024;

std::string joined(const lines_by_key& lines, std::string_view user, std::string_view password) {
  const auto value = [&](std::string_view key) {
    const auto found = lines.find(key);
    return found == lines.end() ? std::string_view{} : found->second;
  };
  auto made = std::string{value(user)};
  if (lines.contains(password)) made += ":" + std::string{value(password)};
  return made;
}

bool is_pipe(int descriptor) {
  struct stat kind {};
  return ::fstat(descriptor, &kind) == 0 && (S_ISFIFO(kind.st_mode) || S_ISSOCK(kind.st_mode));
}

}  // namespace

server_input parse_server_input(std::string_view text) {
  lines_by_key lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (const auto equals = line.find('='); equals != std::string_view::npos)
      lines.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  server_input found;
  found.remote_authentication = joined(lines, "sst_remote_user", "sst_remote_password");
  found.authentication = joined(lines, "sst_user", "sst_password");
  // It may less than the server's own user may, who comes in by the socket.
  if (found.authentication.starts_with("wsrep.sst.")) found.authentication.clear();
  return found;
}

result<std::string> read_server_input(int descriptor, std::chrono::milliseconds patience) {
  std::string text;
  if (!is_pipe(descriptor)) return text;
  const auto until = clock::now() + patience;
  std::array<char, 4096> part{};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now());
    pollfd ready{descriptor, POLLIN, 0};
    const int seen = left.count() > 0 ? ::poll(&ready, 1, static_cast<int>(left.count())) : 0;
    if (seen < 0 && errno == EINTR) continue;
    if (seen < 0) return last_error();
    if (seen == 0) return error_code{boost::system::errc::timed_out, boost::system::generic_category()};
    const auto got = ::read(descriptor, part.data(), part.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return last_error();
    if (got == 0) return text;
    text.append(part.data(), static_cast<std::size_t>(got));
    if (text.size() > most_bytes)
      return error_code{boost::system::errc::message_size, boost::system::generic_category()};
  }
}

}  // namespace mgc::proxy
