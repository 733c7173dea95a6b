#include "orchestrator/config/start_check.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>

#include "orchestrator/config/machine.hpp"
#include "orchestrator/config/ports.hpp"
#include "proxy/log_text.hpp"
#include "proxy/os_user.hpp"
#include "shaper/file_descriptor.hpp"

namespace mgc::orchestrator {
namespace {

std::string reason(int number) { return std::generic_category().message(number); }

struct socket_address {
  ::sockaddr_storage storage{};
  ::socklen_t size = 0;
};

socket_address address_of(const std::string& text, std::uint16_t port) {
  socket_address address;
  auto& ipv6 = reinterpret_cast<::sockaddr_in6&>(address.storage);
  auto& ipv4 = reinterpret_cast<::sockaddr_in&>(address.storage);
  if (is_ipv6(text)) {
    ipv6.sin6_family = AF_INET6;
    ipv6.sin6_port = htons(port);
    ::inet_pton(AF_INET6, text.c_str(), &ipv6.sin6_addr);
    address.size = sizeof ipv6;
  } else {
    ipv4.sin_family = AF_INET;
    ipv4.sin_port = htons(port);
    ::inet_pton(AF_INET, text.c_str(), &ipv4.sin_addr);
    address.size = sizeof ipv4;
  }
  return address;
}

// 0: it could be bound and listened on. As servers do: an old connection that has not faded yet is no hindrance.
int try_to_listen(const std::string& text, std::uint16_t port) {
  const auto address = address_of(text, port);
  const shaper::file_descriptor socket{::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const int on = 1;
  if (!socket || ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(socket.get(), reinterpret_cast<const ::sockaddr*>(&address.storage), address.size) != 0 ||
      ::listen(socket.get(), 1) != 0) {
    return errno;
  }
  return 0;
}

// Where the server will listen for clients: its last bind_address, if that is one address; else all.
std::string address_of_clients(const node_settings& settings) {
  return numeric_address(option_value(settings, "bind_address")).value_or("::");
}

std::string port_problem(const std::string& address, std::string_view variable, std::uint16_t port) {
  int failed = try_to_listen(address, port);
  if (failed == EAFNOSUPPORT && address == "::") failed = try_to_listen("0.0.0.0", port);
  if (failed == 0) return {};
  const auto* const hint = address == "::" ? "; my_bind_address names one address of several" : "";
  return fmt::format("{}={}: {} cannot be listened on: {}{}", variable, port, with_port(address, port),
                     reason(failed), hint);
}

// Empty: good, or not there yet.
std::string datadir_problem(const node_settings& settings) {
  const auto& data = settings.directories.data;
  struct ::stat status {};
  if (::stat(data.c_str(), &status) != 0) {
    return errno == ENOENT ? "" : fmt::format("my_datadir={}: {}", proxy::for_log(data, 500), reason(errno));
  }
  if (!S_ISDIR(status.st_mode))
    return fmt::format("my_datadir={}: it is not a directory", proxy::for_log(data, 500));
  auto wanted = ::geteuid();
  if (wanted == 0 && !settings.server_user.empty()) {
    const auto found = proxy::find_os_user(settings.server_user);
    if (!found)
      return fmt::format("my_user={}: there is no such user", proxy::for_log(settings.server_user, 100));
    wanted = found->user;
  }
  std::error_code ignored;
  const auto counts = [](const std::filesystem::directory_entry& entry) {
    const auto name = entry.path().filename().string();
    return !name.starts_with('.') && name != "lost+found";  // of a disk that was just formatted
  };
  const std::filesystem::directory_iterator entries{data, ignored};
  const bool is_new = !ignored && std::none_of(begin(entries), end(entries), counts);
  if (status.st_uid == wanted || (::geteuid() == 0 && is_new)) return {};
  return fmt::format("my_datadir={}: it belongs to the user {}, and the server runs as {}; chown -R {} {}",
                     proxy::for_log(data, 500), status.st_uid, wanted, wanted, proxy::for_log(data, 500));
}

}  // namespace

std::vector<std::string> start_problems(const node_settings& settings) {
  std::vector<std::string> problems;
  const auto note = [&](std::string problem) {
    if (!problem.empty()) problems.push_back(std::move(problem));
  };
  for (const auto& [variable, port] : named_ports()) {
    const auto number = settings.ports.*port;
    const bool is_sql = port == &node_ports::sql;
    if (number == 0) continue;
    if (settings.mode == cluster_mode::plain && !is_sql && port != &node_ports::peer) continue;
    note(port_problem(is_sql ? address_of_clients(settings) : settings.address, variable, number));
  }
  if (!settings.ist_bind.empty()) note(port_problem(settings.ist_bind, "ist_recv_port", settings.ports.ist));
  note(datadir_problem(settings));
  if (proxy::own_os_user().empty())
    note(fmt::format(
        "this process runs as user {}, which has no name here; the server's accounts need one: add it to "
        "/etc/passwd, or run as root with my_user",
        ::geteuid()));
  return problems;
}

}  // namespace mgc::orchestrator
