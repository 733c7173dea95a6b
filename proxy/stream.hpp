#pragma once

// A stream of bytes as frames on a link (WIRE.md): from a program's output to the link, from the link to a program's
// input. Where nothing has to be looked at (a plain connection, no compression), the kernel moves the payload from one
// descriptor to the other and no byte of it comes into this process. I/O ring; blocking calls in the calling thread.

#include <functional>
#include <string>

#include "proxy/link.hpp"
#include "shaper/stream_observer.hpp"
#include "shaper/transfer.hpp"

namespace mgc::proxy {

struct stream_end {
  std::uint64_t bytes = 0;  // of the stream, uncompressed
  int code = 0;             // 0: it came to its end; else errno, and
  std::string why = {};     // what happened, for the log

  bool complete() const { return code == 0; }
};

struct stream_source {
  int from;                                     // a pipe or a socket
  std::function<bool()> compresses = {};        // asked before each piece
  shaper::stream_observer* observer = nullptr;  // sees what it asks for
  std::function<void(std::uint64_t)> moved =
      {};  // after each piece: bytes of the stream so far; may be empty
};

// Everything that `source` gives, until its end, to `sink`: the socket of the link or a pipe from which a mover takes it.
// No end frame: who knows whether the producer ended well sends it.
stream_end send_stream(link& over, const stream_source& source, int sink);

// Writes all of it, to a pipe or socket that blocks.
error_code write_fully(int to, std::string_view bytes);

struct stream_sink {
  int to;                                     // a pipe, a socket; blocking
  shaper::transfer_record* record = nullptr;  // counts the bytes of the wire, and what is waited for
  std::function<void(const std::string&)> on_stage = {};  // may be empty
  std::function<void(std::uint64_t)> moved =
      {};  // after each frame: bytes of the stream so far; may be empty
};

// All frames until the sender's end frame, whose count must be right.
stream_end receive_stream(link& over, const stream_sink& sink);

// One frame that must be of this type, past the stages that are told before it; a failure frame of the peer is its words.
boost::system::result<std::string, stream_end> expect_frame(
    link& over, wire::frame type, const std::function<void(const std::string&)>& on_stage = {});

}  // namespace mgc::proxy
