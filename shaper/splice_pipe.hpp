#pragma once

// What bytes pass through between a source and a sink: a kernel pipe, so that they are never copied into this
// process, or a buffer, where that cannot be or is not wanted. I/O ring; one thread at a time.
//
// Whoever uses it keeps its rule: fill it only when it is empty, drain it completely. Then "would block" on
// fill means that the source is empty and on drain that the sink is full, and held() is exact (the kernel
// says EAGAIN for both).

#include <cstddef>
#include <memory>
#include <span>

#include "shaper/error.hpp"
#include "shaper/file_descriptor.hpp"

namespace mgc::shaper {

class splice_pipe {
 public:
  static constexpr std::size_t wanted_capacity = 1024 * 1024;  // fs.pipe-max-size for users other than root

  // A pipe of at most `capacity` bytes: the kernel may give less (pipe-user-pages-soft), down to one page,
  // and that is not an error. Error: no descriptors or no memory.
  static result<splice_pipe> make(std::size_t capacity = wanted_capacity);

  std::size_t capacity() const { return capacity_; }
  std::size_t held() const { return held_; }

  // The bytes that the last fill copied and that are still here; empty: it spliced.
  std::span<const std::byte> copied() const;

  // Moves up to `bytes` from `source` into the empty pipe, or with `copying` into the buffer; 0 at the end of
  // the source. Blocks only if `source` does. errc::operation_would_block: the source has nothing now.
  result<std::size_t> fill(int source, std::size_t bytes, bool copying = false);

  // Moves up to `bytes` from the pipe to `sink`; at least 1. Blocks only if `sink` does and is not a pipe.
  // errc::operation_would_block: the sink takes nothing now.
  result<std::size_t> drain(int sink, std::size_t bytes);

  // The same to a socket, in records of at most `record` bytes, which TCP sends as separate packets. Never
  // blocks.
  result<std::size_t> drain_in_records(int socket, std::size_t bytes, std::size_t record);

 private:
  splice_pipe(file_descriptor read_end, file_descriptor write_end, std::size_t capacity);
  result<std::size_t> fill_by_copy(int source, std::size_t bytes);
  result<std::size_t> drain_by_copy(int sink, std::size_t bytes);
  result<std::size_t> read_into_buffer(int source, std::size_t bytes);
  void taken_from_buffer(std::size_t bytes);

  file_descriptor read_end_;
  file_descriptor write_end_;
  std::size_t capacity_ = 0;
  std::size_t held_ = 0;

  bool cannot_splice_source_ = false;  // a terminal
  bool cannot_splice_sink_ = false;    // a file opened for appending
  std::unique_ptr<char[]> buffer_;     // made when first needed
  std::size_t buffered_ = 0;  // bytes of held_ that are in buffer_, from buffer_start_ on; they go first
  std::size_t buffer_start_ = 0;
};

}  // namespace mgc::shaper
