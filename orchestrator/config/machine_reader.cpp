// A container sees its own control group as the root of what is mounted, or, when the host's is mounted, at the path that
// /proc/self/cgroup tells: both are looked at, and what is above a path too, since the tightest limit counts. Version 1 says
// "no limit" with a number beyond any memory.

#include "orchestrator/config/machine_reader.hpp"

#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <bit>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <thread>

#include "proxy/whole_file.hpp"
#include "shaper/file_descriptor.hpp"

namespace mgc::orchestrator {
namespace {

constexpr std::size_t largest_small_file = std::size_t{1} << 20;

constexpr std::array<const char*, 7> provider_places{"/usr/lib/galera/libgalera_smm.so",
                                                     "/usr/lib64/galera-4/libgalera_smm.so",
                                                     "/usr/lib/galera-4/libgalera_smm.so",
                                                     "/usr/lib64/galera/libgalera_smm.so",
                                                     "/usr/lib/libgalera_smm.so",
                                                     "/usr/local/lib/galera/libgalera_smm.so",
                                                     "/opt/mariadb/lib/galera/libgalera_smm.so"};

constexpr const char* server_places =
    "/usr/sbin:/usr/local/sbin:/usr/libexec:/usr/local/mariadb/bin:/usr/local/mysql/bin";

proxy::result<std::string> read_small_file(const std::string& path) {
  const shaper::file_descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (!file) return proxy::error_code{errno, boost::system::system_category()};
  return proxy::read_whole_file(file.get(), largest_small_file);
}

std::string content_of(const std::string& path) {
  auto content = read_small_file(path);
  return content ? std::move(*content) : std::string{};
}

std::uint64_t number_at(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// The number behind a word that begins a line; 0: there is none.
std::uint64_t number_of(const std::string& text, std::string_view word) {
  const auto at = ("\n" + text).find("\n" + std::string{word});
  return at == std::string::npos ? 0 : number_at(std::string_view{text}.substr(at + word.size()));
}

class limit_reader {
 public:
  explicit limit_reader(const kernel_files& files) : files_{files} {}

  // 0: none.
  std::uint64_t read() {
    const auto groups = content_of(files_.proc + "/self/cgroup");
    std::string_view rest = groups;
    while (!rest.empty()) {
      const auto line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      const auto first = line.find(':');
      const auto second = line.find(':', first + 1);
      if (first == std::string_view::npos || second == std::string_view::npos) continue;
      const auto controllers = "," + std::string{line.substr(first + 1, second - first - 1)} + ",";
      const std::string path{line.substr(second + 1)};
      if (controllers == ",,") look_up("", path, "memory.max");
      if (controllers.find(",memory,") != std::string::npos)
        look_up("/memory", path, "memory.limit_in_bytes");
    }
    look_at("", "memory.max");
    look_at("/memory", "memory.limit_in_bytes");
    return least_;
  }

 private:
  void look_up(const std::string& hierarchy, const std::string& path, const std::string& file) {
    if (path.find("..") != std::string::npos) return;  // of a group above what we see
    for (std::filesystem::path group{path}; group.has_relative_path(); group = group.parent_path()) {
      look_at(hierarchy + group.string(), file);
    }
  }

  void look_at(const std::string& group, const std::string& file) {
    const auto limit = number_at(content_of(files_.cgroup + group + "/" + file));  // of "max": 0
    if (limit != 0 && (least_ == 0 || limit < least_)) least_ = limit;
  }

  const kernel_files& files_;
  std::uint64_t least_ = 0;
};

unsigned prefix_of(const ::sockaddr* mask) {
  unsigned bits = 0;
  const auto count = [&](const unsigned char* bytes, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) bits += static_cast<unsigned>(std::popcount(bytes[i]));
  };
  if (mask == nullptr) return 0;
  if (mask->sa_family == AF_INET) {
    const auto& address = reinterpret_cast<const ::sockaddr_in*>(mask)->sin_addr;
    count(reinterpret_cast<const unsigned char*>(&address), sizeof address);
  } else if (mask->sa_family == AF_INET6) {
    const auto& address = reinterpret_cast<const ::sockaddr_in6*>(mask)->sin6_addr;
    count(reinterpret_cast<const unsigned char*>(&address), sizeof address);
  }
  return bits;
}

// Empty: not an address by which others could reach us.
std::string text_of(const ::sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  if (address.sa_family == AF_INET) {
    const auto& ip = reinterpret_cast<const ::sockaddr_in&>(address).sin_addr;
    return ::inet_ntop(AF_INET, &ip, buffer.data(), buffer.size());
  }
  if (address.sa_family != AF_INET6) return {};
  const auto& ip = reinterpret_cast<const ::sockaddr_in6&>(address).sin6_addr;
  return IN6_IS_ADDR_LINKLOCAL(&ip) ? "" : ::inet_ntop(AF_INET6, &ip, buffer.data(), buffer.size());
}

proxy::result<std::vector<std::string>> resolve_name(const std::string& name) {
  boost::asio::io_context context;
  proxy::error_code failed;
  const auto found = boost::asio::ip::tcp::resolver{context}.resolve(name, "", failed);
  if (failed) return failed;
  std::vector<std::string> addresses;
  for (const auto& entry : found) {
    auto text = entry.endpoint().address().to_string();
    if (std::find(addresses.begin(), addresses.end(), text) == addresses.end())
      addresses.push_back(std::move(text));
  }
  return addresses;
}

std::uint64_t size_of_disk(const std::string& path) {
  std::filesystem::path at{path};
  struct ::statvfs status {};
  while (::statvfs(at.c_str(), &status) != 0) {
    if (errno != ENOENT || !at.has_relative_path()) return 0;
    at = at.parent_path();
  }
  return std::uint64_t{status.f_blocks} * status.f_frsize;
}

bool is_readable(const std::string& path) { return ::access(path.c_str(), R_OK) == 0; }

std::string find_server() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread exists
  const char* const searched = std::getenv("PATH");
  const auto places = std::string{searched != nullptr ? searched : ""} + ":" + server_places;
  for (const std::string name : {"mariadbd", "mysqld"}) {
    for (std::size_t at = 0; at < places.size();) {
      const auto end = std::min(places.find(':', at), places.size());
      const auto directory = places.substr(at, end - at);
      at = end + 1;
      auto program = directory + "/" + name;
      if (directory.starts_with('/') && ::access(program.c_str(), X_OK) == 0) return program;
    }
  }
  return {};
}

}  // namespace

memory_size read_memory(const kernel_files& files) {
  const auto text = content_of(files.proc + "/meminfo");
  const auto host = number_of(text, "MemTotal:") * 1024;
  const auto limit = limit_reader{files}.read();
  if (limit != 0 && (host == 0 || limit < host)) return {limit, "cgroup"};
  return {host, "host"};
}

std::vector<local_address> read_local_addresses() {
  ::ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return {};
  const std::unique_ptr<::ifaddrs, decltype(&::freeifaddrs)> owner{list, &::freeifaddrs};
  std::vector<local_address> addresses;
  for (const auto* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || (entry->ifa_flags & IFF_UP) == 0) continue;
    auto text = text_of(*entry->ifa_addr);
    if (text.empty()) continue;
    addresses.push_back({entry->ifa_name, std::move(text), prefix_of(entry->ifa_netmask),
                         (entry->ifa_flags & IFF_LOOPBACK) != 0});
  }
  return addresses;
}

machine read_machine() {
  machine here;
  here.addresses = read_local_addresses();
  const auto memory = read_memory();
  here.memory = memory.bytes;
  here.memory_origin = memory.origin;
  here.processors = std::max(1U, std::thread::hardware_concurrency());
  here.root = ::geteuid() == 0;
  const auto* const provider = std::find_if(provider_places.begin(), provider_places.end(), is_readable);
  if (provider != provider_places.end()) here.provider = *provider;
  here.server_program = find_server();
  here.disk_size = size_of_disk;
  here.exists = is_readable;
  here.resolve = resolve_name;
  here.read_file = read_small_file;
  return here;
}

}  // namespace mgc::orchestrator
