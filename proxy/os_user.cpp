#include "proxy/os_user.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>

namespace mgc::proxy {
namespace {

constexpr std::size_t longest_entry = 16384;

std::optional<os_user> as_user(const passwd* found) {
  if (found == nullptr) return std::nullopt;
  return os_user{found->pw_name, found->pw_uid, found->pw_gid};
}

}  // namespace

std::optional<os_user> find_os_user(const std::string& name) {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, longest_entry> memory{};
  ::getpwnam_r(name.c_str(), &entry, memory.data(), memory.size(), &found);
  return as_user(found);
}

std::optional<os_user> find_os_user(uid_t user) {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, longest_entry> memory{};
  ::getpwuid_r(user, &entry, memory.data(), memory.size(), &found);
  return as_user(found);
}

std::string own_os_user() {
  const auto found = find_os_user(::geteuid());
  return found ? found->name : std::string{};
}

}  // namespace mgc::proxy
