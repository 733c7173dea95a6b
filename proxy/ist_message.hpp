#pragma once

// Galera's incremental state transfer, followed as it passes. The joiner listens and speaks first: HANDSHAKE; the donor
// answers HANDSHAKE_RESPONSE, the joiner CTRL; then the donor sends one message per write-set and a CTRL that ends it.
//
// Every message of protocol 10 and later (all of Galera 4) begins with 24 bytes, numbers little-endian:
//
//   version u8  type u8  flags u8 (1: PRELOAD)  ctrl i8 (0 ok, 1 end, else -errno)  length u32  seqno i64
//   checksum u64: of the 16 bytes before it
//
// and `length` bytes follow. A CTRL that ends it, in protocol 11: 0b030001 00000000 ffffffffffffffff ecd1f7e09f869fb3.
// The total is in no message: only who asked for the transfer knows where it ends. Core; one thread.

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "proxy/error.hpp"
#include "shaper/stream_observer.hpp"

namespace mgc::proxy {

enum class ist_type : std::uint8_t {
  handshake = 1,
  handshake_response = 2,
  ctrl = 3,
  trx = 4,      // a write-set
  cchange = 5,  // a change of the cluster's membership
  skip = 6      // a seqno at which there is nothing
};

struct ist_header {
  std::uint8_t version = 0;
  ist_type type = ist_type::handshake;
  std::uint8_t flags = 0;
  std::int8_t ctrl = 0;
  std::uint32_t length = 0;
  std::int64_t seqno = -1;

  static constexpr std::size_t size = 24;
  static constexpr std::uint8_t first_version = 10;  // of this layout
  static constexpr std::uint8_t preload = 1;
  static constexpr std::int8_t end = 1;

  friend bool operator==(const ist_header&, const ist_header&) = default;
};

using ist_header_bytes = std::array<std::byte, ist_header::size>;

ist_header_bytes to_bytes(const ist_header& header);

// error::ist_malformed: an older version, an unknown type, or a checksum that does not fit.
result<ist_header> parse_ist_header(std::span<const std::byte, ist_header::size> bytes);

// What has passed in one direction.
struct ist_figures {
  std::uint64_t write_sets = 0;
  std::uint64_t changes = 0;    // CCHANGE
  std::uint64_t skips = 0;      // SKIP
  std::uint64_t preloaded = 0;  // of all these, those with PRELOAD: they only fill the joiner's index
  std::uint64_t bytes = 0;      // of everything, headers included
  std::optional<std::int64_t> first_seqno;  // of the first of these events
  std::optional<std::int64_t> last_seqno;   // of the latest one whose header has passed
  bool ended = false;                       // a CTRL has said that this was all
  int error = 0;                            // the errno in a CTRL

  std::uint64_t events() const { return write_sets + changes + skips; }
};

// Follows one direction, whichever it is.
class ist_observer final : public shaper::stream_observer {
 public:
  enum class understanding {
    nothing_yet,
    all,
    encrypted,     // TLS: bytes only
    older,         // a protocol before 10: bytes only
    not_any_more,  // was all, until a message that does not fit: bytes only from there
    none           // something else: bytes only
  };

  void observe(std::span<const std::byte> bytes) override;
  std::uint64_t skippable() const override;
  std::size_t wanted() const override;
  void skip(std::uint64_t bytes) override;

  understanding understands() const { return understands_; }
  bool is_opaque() const;
  const ist_figures& figures() const { return figures_; }
  std::uint8_t version() const { return version_; }  // 0 until the first message

  // Whether the stream could end here: between two messages.
  bool is_between_messages() const { return !is_opaque() && held_ == 0 && payload_left_ == 0; }

 private:
  void header_complete();
  void first_byte(std::byte first);
  void count(const ist_header& header);

  understanding understands_ = understanding::nothing_yet;
  ist_header_bytes header_{};
  std::size_t held_ = 0;  // of header_
  std::uint64_t payload_left_ = 0;
  std::uint8_t version_ = 0;
  ist_figures figures_;
};

}  // namespace mgc::proxy
