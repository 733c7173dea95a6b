#include "proxy/rsync_door.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "proxy/error.hpp"

namespace mgc::proxy {
namespace {

namespace fs = std::filesystem;

std::string socket_in(const std::string& directory) { return directory + "/socket"; }

bool fill(sockaddr_un& address, const std::string& path) {
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return true;
}

constexpr std::size_t passed = 2;  // descriptors: what rsync writes, what it reads

// A message of one byte with two descriptors.
struct descriptor_message {
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(passed * sizeof(int))> control{};
  msghdr header{};
  descriptor_message() {
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
  }
};

}  // namespace

int run_rsync_door(int argc, char** argv) {
  if (argc < 1) return 1;
  sockaddr_un address{};
  const shaper::file_descriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!socket || !fill(address, socket_in(fs::path{argv[0]}.parent_path().string()))) return 1;
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return 1;
  descriptor_message message;
  auto* const part = CMSG_FIRSTHDR(&message.header);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(passed * sizeof(int));
  const std::array<int, passed> both{STDIN_FILENO, STDOUT_FILENO};
  std::memcpy(CMSG_DATA(part), both.data(), sizeof both);
  if (::sendmsg(socket.get(), &message.header, MSG_NOSIGNAL) != 1) return 1;
  // From here on they are the donor's alone, so that rsync sees their end when it closes them.
  ::close(STDIN_FILENO);
  ::close(STDOUT_FILENO);
  char good = 0;
  return ::read(socket.get(), &good, 1) == 1 && good == 1 ? 0 : 1;
}

rsync_door::rsync_door(transfer_process& process, const std::string& directory)
    : process_{process}, directory_{directory} {
  std::error_code failed;
  fs::create_symlink(fs::read_symlink("/proc/self/exe", failed), fs::path{directory} / rsync_door_name,
                     failed);
  sockaddr_un address{};
  const auto path = socket_in(directory);
  socket_ = shaper::file_descriptor{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (failed || !socket_)
    process.fail(EIO, fmt::format("cannot make {}/{}: {}", directory, rsync_door_name, failed.message()));
  if (!fill(address, path))
    process.fail(ENAMETOOLONG,
                 fmt::format("{} is too long for a socket; set tmpdir to a shorter directory", path));
  if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket_.get(), SOMAXCONN) != 0)
    process.fail(errno, fmt::format("cannot listen at {}: {}", path, last_error().message()));
}

// rsync knows two kinds of quotes, and no escapes.
std::string rsync_door::shell() const {
  const char quote = directory_.find('\'') == std::string::npos ? '\'' : '"';
  return fmt::format("{}{}/{}{}", quote, directory_, rsync_door_name, quote);
}

rsync_door::connection rsync_door::accept() {
  shaper::file_descriptor shell{::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
  descriptor_message message;
  if (!shell || ::recvmsg(shell.get(), &message.header, MSG_CMSG_CLOEXEC) != 1)
    process_.fail(EIO, fmt::format("rsync's connection did not arrive: {}", last_error().message()));
  const auto* const part = CMSG_FIRSTHDR(&message.header);
  if (part == nullptr || part->cmsg_type != SCM_RIGHTS || part->cmsg_len != CMSG_LEN(passed * sizeof(int)))
    process_.fail(EIO, "rsync's connection came without its descriptors");
  std::array<int, passed> both{};
  std::memcpy(both.data(), CMSG_DATA(part), sizeof both);
  return {shaper::file_descriptor{both[0]}, shaper::file_descriptor{both[1]}, std::move(shell)};
}

void rsync_door::connection::done(bool good) const {
  const char byte = good ? 1 : 0;
  (void)::send(shell.get(), &byte, 1, MSG_NOSIGNAL);
}

}  // namespace mgc::proxy
