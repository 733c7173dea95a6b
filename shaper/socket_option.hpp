#pragma once

// setsockopt and getsockopt with error codes. I/O ring.

#include <sys/socket.h>

#include <cerrno>
#include <optional>

#include "shaper/error.hpp"

#ifndef SO_BUF_LOCK  // Linux 5.14
#define SO_BUF_LOCK 72
#endif
#ifndef SOCK_SNDBUF_LOCK
#define SOCK_SNDBUF_LOCK 1
#define SOCK_RCVBUF_LOCK 2
#endif

namespace mgc::shaper {

template <class Value>
error_code set_option(int socket, int level, int name, const Value& value) {
  if (::setsockopt(socket, level, name, &value, sizeof value) == 0) return {};
  return {errno, boost::system::system_category()};
}

// Unset when the socket does not have that option or is not a socket.
template <class Value>
std::optional<Value> get_option(int socket, int level, int name) {
  Value value{};
  socklen_t size = sizeof value;
  if (::getsockopt(socket, level, name, &value, &size) == 0) return value;
  return std::nullopt;
}

// Undoes SO_SNDBUF or SO_RCVBUF (`which` is SOCK_SNDBUF_LOCK or SOCK_RCVBUF_LOCK): the kernel tunes that
// buffer again.
inline error_code unlock_buffers(int socket, int which) {
  const auto locks = get_option<int>(socket, SOL_SOCKET, SO_BUF_LOCK);
  if (!locks) return boost::system::errc::make_error_code(boost::system::errc::not_supported);
  if ((*locks & which) == 0) return {};
  return set_option(socket, SOL_SOCKET, SO_BUF_LOCK, *locks & ~which);
}

}  // namespace mgc::shaper
