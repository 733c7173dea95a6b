// What splice(2) does that its manual says quietly or not at all:
//
// - A pipe holds slots, not bytes: 16 for 64 KiB, and each fragment of a packet takes one whatever its size. So a
//   fill may stop far below the capacity, and EAGAIN could mean "source empty" or "pipe full". Filling only an
//   empty pipe makes it mean one thing (Go's internal/poll does the same; sozu-proxy/sozu#1323 tells of the hang,
//   h2o/h2o#3075 of the spin).
// - SPLICE_F_NONBLOCK is about the pipe. A socket blocks unless it is O_NONBLOCK itself, and O_NONBLOCK must not be
//   set on a descriptor that was inherited: it belongs to the open file, which other processes share.
// - SPLICE_F_MORE on what turns out to be the last piece holds it back for 200 ms, as TCP_CORK does
//   (golang/go#10948). A shaper always has a last piece, so it is never set.
// - SPLICE_F_MOVE does nothing since Linux 2.6.21.
// - F_SETPIPE_SZ fails with EPERM above fs.pipe-max-size, and beyond pipe-user-pages-soft a user's new pipes have
//   one page and cannot grow (capnproto/capnproto#1403). Both cost speed, not correctness: take what there is.

#include "shaper/splice_pipe.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace mgc::shaper {
namespace {

constexpr std::size_t buffer_size = 256 * 1024;

template <class Call>
ssize_t restarted(Call call) {
  ssize_t moved = 0;
  do {
    moved = call();
  } while (moved < 0 && errno == EINTR);
  return moved;
}

// Bytes were there, so none moved is as bad as an error: to try again would be a tight loop.
error_code failed_to_move(ssize_t moved) {
  return moved < 0 ? last_error() : boost::system::errc::make_error_code(boost::system::errc::io_error);
}

}  // namespace

result<splice_pipe> splice_pipe::make(std::size_t capacity) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return last_error();
  file_descriptor read_end{ends[0]};
  file_descriptor write_end{ends[1]};
  for (auto size = capacity; ::fcntl(write_end.get(), F_SETPIPE_SZ, size) < 0 && size > 64 * 1024;
       size /= 2) {
  }
  const int given = ::fcntl(write_end.get(), F_GETPIPE_SZ);
  if (given < 0) return last_error();
  return splice_pipe{std::move(read_end), std::move(write_end), static_cast<std::size_t>(given)};
}

splice_pipe::splice_pipe(file_descriptor read_end, file_descriptor write_end, std::size_t capacity)
    : read_end_{std::move(read_end)}, write_end_{std::move(write_end)}, capacity_{capacity} {}

result<std::size_t> splice_pipe::fill(int source, std::size_t bytes, bool copying) {
  if (copying || cannot_splice_source_) return fill_by_copy(source, bytes);
  const auto moved = restarted(
      [&] { return ::splice(source, nullptr, write_end_.get(), nullptr, bytes, SPLICE_F_NONBLOCK); });
  if (moved < 0 && errno == EINVAL) {
    cannot_splice_source_ = true;
    return fill_by_copy(source, bytes);
  }
  if (moved < 0) return last_error();
  held_ = static_cast<std::size_t>(moved);
  return held_;
}

std::span<const std::byte> splice_pipe::copied() const {
  return std::as_bytes(std::span{buffer_.get() + buffer_start_, buffered_});
}

result<std::size_t> splice_pipe::drain(int sink, std::size_t bytes) {
  if (cannot_splice_sink_ || buffered_ > 0) return drain_by_copy(sink, bytes);
  const auto moved =
      restarted([&] { return ::splice(read_end_.get(), nullptr, sink, nullptr, bytes, SPLICE_F_NONBLOCK); });
  if (moved < 0 && errno == EINVAL) {
    cannot_splice_sink_ = true;
    return drain_by_copy(sink, bytes);
  }
  if (moved <= 0) return failed_to_move(moved);
  held_ -= static_cast<std::size_t>(moved);
  return static_cast<std::size_t>(moved);
}

result<std::size_t> splice_pipe::read_into_buffer(int source, std::size_t bytes) {
  if (!buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(buffer_size);
  const auto got = restarted([&] { return ::read(source, buffer_.get(), std::min(bytes, buffer_size)); });
  if (got < 0) return last_error();
  buffer_start_ = 0;
  buffered_ = static_cast<std::size_t>(got);
  return buffered_;
}

void splice_pipe::taken_from_buffer(std::size_t bytes) {
  buffer_start_ += bytes;
  buffered_ -= bytes;
  held_ -= bytes;
}

result<std::size_t> splice_pipe::fill_by_copy(int source, std::size_t bytes) {
  const auto got = read_into_buffer(source, bytes);
  if (got) held_ = *got;
  return got;
}

// What the sink does not take stays in the buffer.
result<std::size_t> splice_pipe::drain_by_copy(int sink, std::size_t bytes) {
  if (buffered_ == 0) {
    const auto got = read_into_buffer(read_end_.get(), bytes);
    if (!got) return got;
  }
  const auto put =
      restarted([&] { return ::write(sink, buffer_.get() + buffer_start_, std::min(bytes, buffered_)); });
  if (put <= 0) return failed_to_move(put);
  taken_from_buffer(static_cast<std::size_t>(put));
  return static_cast<std::size_t>(put);
}

result<std::size_t> splice_pipe::drain_in_records(int socket, std::size_t bytes, std::size_t record) {
  if (buffered_ == 0) {
    const auto got = read_into_buffer(read_end_.get(), bytes);
    if (!got) return got;
  }
  constexpr std::size_t most_records = 64;
  std::array<iovec, most_records> pieces{};
  std::array<mmsghdr, most_records> messages{};
  const auto wanted = std::min(bytes, buffered_);
  unsigned count = 0;
  for (std::size_t at = 0; at < wanted && count < most_records; at += record, ++count) {
    pieces[count] = {buffer_.get() + buffer_start_ + at, std::min(record, wanted - at)};
    messages[count].msg_hdr.msg_iov = &pieces[count];
    messages[count].msg_hdr.msg_iovlen = 1;
  }
  const auto sent = restarted(
      [&] { return ::sendmmsg(socket, messages.data(), count, MSG_EOR | MSG_DONTWAIT | MSG_NOSIGNAL); });
  if (sent < 0) return last_error();
  std::size_t taken = 0;
  for (int i = 0; i < sent; ++i) taken += messages[static_cast<std::size_t>(i)].msg_len;
  taken_from_buffer(taken);
  return taken;
}

}  // namespace mgc::shaper
