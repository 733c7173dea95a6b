#pragma once

// Follows the stream of mariadb-backup (mbstream, xbstream) as it passes: which file is being sent, how much of it, and
// whether a file is cut off. The format has no end marker: a stream that ends at the wrong moment looks complete to its
// reader, and only this tells.
//
// A stream is a row of chunks, numbers little-endian:
//
//   "XBSTCK01"  flags u8  type u8  path_length u32 (1 to 511)  path
//   then by type:
//     'P'  length u64, offset u64, crc32 u32, `length` bytes of the file
//     'E'  nothing: this file is complete
//     'S'  offset u64: the next 'P' of this file goes there
//     'R'  length u32, the new path
//     'D'  nothing: this file is to be removed
//
// Chunks of different files interleave. Percona's 'S' has another layout, and others may come: whatever does not read
// as above makes the observer opaque, from then on it counts bytes and has no opinion. Memory is bounded: a stream with
// more open files than allowed is opaque too. Core; one thread.

#include <cstdint>
#include <string>
#include <unordered_map>

#include "shaper/stream_observer.hpp"

namespace mgc::proxy {

class xbstream_observer final : public shaper::stream_observer {
 public:
  static constexpr std::size_t most_open_files = 65536;

  explicit xbstream_observer(std::size_t most_open = most_open_files) : most_open_{most_open} {}

  void observe(std::span<const std::byte> bytes) override;
  std::uint64_t skippable() const override;
  std::size_t wanted() const override;
  void skip(std::uint64_t bytes) override;

  // What it would mean if the stream ended here.
  enum class ending {
    clean,      // at the end of a chunk, and every file that was begun is complete
    truncated,  // within a chunk or a file
    unknown     // opaque, or nothing has come yet
  };
  ending if_ended_now() const;

  bool is_opaque() const { return state_ == state::opaque; }
  bool is_between_chunks() const { return state_ == state::prefix && header_.empty(); }
  std::uint64_t bytes() const { return bytes_; }  // of the stream, headers included

  // The file that the latest chunk is of, fit for a log; empty before the first. Its payload so far, all its chunks
  // together.
  std::string file() const;
  std::uint64_t file_bytes() const { return file_bytes_; }

  // Up to the point where it became opaque. An empty file is begun and ended by its 'E'.
  std::uint64_t files_begun() const { return begun_; }
  std::uint64_t files_ended() const { return ended_; }
  std::uint64_t payload_bytes() const { return payload_; }

 private:
  enum class state { prefix, path, rest, new_path, payload, opaque };

  void take(std::byte next);
  void header_complete();
  void chunk_begins();
  void rest_complete();
  void begin_file();
  void end_file();
  void payload_passed(std::uint64_t bytes);
  void await(state next, std::size_t header_bytes);
  void give_up();

  std::size_t most_open_;
  state state_ = state::prefix;
  std::size_t header_size_ = 14;  // of the part of the header that is being read
  std::string header_;            // what has come of it
  char type_ = 0;
  std::string path_;
  std::uint64_t payload_left_ = 0;
  std::uint64_t* open_bytes_ = nullptr;                  // of path_, in open_
  std::unordered_map<std::string, std::uint64_t> open_;  // payload of the files begun and not ended

  std::uint64_t bytes_ = 0;
  std::uint64_t file_bytes_ = 0;
  std::uint64_t begun_ = 0;
  std::uint64_t ended_ = 0;
  std::uint64_t payload_ = 0;
};

}  // namespace mgc::proxy
