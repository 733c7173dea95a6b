#pragma once

// The messages between donor and joiner, as WIRE.md describes them: a struct for each, with its bytes. Core: nothing is
// sent here. Everything that is parsed comes from a peer and is hostile.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/error.hpp"
#include "proxy/transfer_address.hpp"

namespace mgc::proxy::wire {

inline constexpr std::uint8_t lowest_version = 1;
inline constexpr std::uint8_t highest_version = 1;

using bytes32 = std::array<char, 32>;

enum class role : std::uint8_t { control = 1, channel = 2 };

struct hello {
  static constexpr std::size_t size = 40;
  std::uint8_t lowest = lowest_version;
  std::uint8_t highest = highest_version;
  wire::role role = wire::role::control;
  bytes32 nonce{};

  std::string encode() const;
  // `bytes` has the size. Error: wire_malformed.
  static result<hello> decode(std::string_view bytes);
};

struct challenge {
  static constexpr std::size_t size = 72;
  std::uint8_t version = 0;  // 0: no version that both know
  std::uint8_t lowest = lowest_version;
  std::uint8_t highest = highest_version;
  bytes32 nonce{};
  bytes32 proof{};

  std::string encode() const;
  static result<challenge> decode(std::string_view bytes);
};

// The highest version that both ends know, or 0.
std::uint8_t common_version(const hello& h);

// What an end proves itself with. `binding` is empty or what TLS exports.
bytes32 joiner_proof(const transfer_token& token, const hello& h, const challenge& c,
                     std::string_view binding);
bytes32 donor_proof(const transfer_token& token, const hello& h, const challenge& c,
                    std::string_view binding);

// In constant time.
bool equal(const bytes32& a, const bytes32& b);

// The TLS pre-shared key of one transfer.
bytes32 pre_shared_key(std::string_view cluster_secret, const transfer_token& token);

enum class frame : std::uint8_t {
  options = 1,
  data = 2,
  compressed = 3,
  end = 4,
  acknowledgement = 5,
  failure = 6,
  stage = 7,
};

inline constexpr std::uint32_t most_data = 1024 * 1024;
inline constexpr std::uint32_t most_other = 16 * 1024;

struct frame_header {
  static constexpr std::size_t size = 8;
  wire::frame type = frame::data;  // may be one that this version does not know: to be skipped
  std::uint32_t length = 0;

  std::array<char, size> encode() const;
  // Error: wire_malformed where the length is beyond the type's bounds.
  static result<frame_header> decode(std::string_view bytes);
};

// A whole frame but `data` and `compressed`.
std::string encode_frame(frame type, std::string_view payload);

// end, acknowledgement
std::string encode_count(std::uint64_t bytes);
result<std::uint64_t> decode_count(std::string_view payload);

struct failure_report {
  int code = 0;  // errno
  std::string text;

  std::string encode() const;  // the text is cut to what fits
  static result<failure_report> decode(std::string_view payload);
};

// Names and values without control characters; a name that comes twice has its last value.
using option_map = std::map<std::string, std::string, std::less<>>;
std::string encode_options(const option_map& options);
result<option_map> decode_options(std::string_view payload);

// What the donor says of the transfer.
struct transfer_options {
  std::string method;
  bool bypass = false;
  std::string gtid;  // "UUID:SEQNO DOMAIN"
  std::uint64_t total = 0;
  std::string limit;
  bool compress = false;

  option_map encode() const;
  // Error: wire_malformed when one that must be there is not, or has an impossible value.
  static result<transfer_options> decode(const option_map& options);
};

// Random, from OpenSSL's generator. Throw std::runtime_error when it has none.
transfer_token make_token();
bytes32 make_nonce();

}  // namespace mgc::proxy::wire
