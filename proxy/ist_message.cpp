// The checksum is the first half of MurmurHash3_x64_128 (Austin Appleby, public domain) with two seeds of Galera's
// choice. The input always is 16 bytes: one block and no tail.

#include "proxy/ist_message.hpp"

#include <algorithm>
#include <bit>

#include "proxy/little_endian.hpp"

namespace mgc::proxy {
namespace {

constexpr std::size_t checked = 16;
constexpr std::uint8_t first_byte_of_tls = 0x16;

std::uint64_t mix(std::uint64_t k) {
  k ^= k >> 33;
  k *= 0xff51afd7ed558ccd;
  k ^= k >> 33;
  k *= 0xc4ceb9fe1a85ec53;
  return k ^ (k >> 33);
}

std::uint64_t checksum(std::span<const std::byte, checked> bytes) {
  constexpr std::uint64_t c1 = 0x87c37b91114253d5;
  constexpr std::uint64_t c2 = 0x4cf5ad432745937f;
  std::uint64_t h1 = 0x6c62272e07bb0142;
  std::uint64_t h2 = 0x62b821756295c58d;
  h1 ^= std::rotl(read_little_endian<std::uint64_t>(bytes) * c1, 31) * c2;
  h1 = (std::rotl(h1, 27) + h2) * 5 + 0x52dce729;
  h2 ^= std::rotl(read_little_endian<std::uint64_t>(bytes.subspan(8)) * c2, 33) * c1;
  h2 = (std::rotl(h2, 31) + h1) * 5 + 0x38495ab5;
  h1 ^= checked;
  h2 ^= checked;
  h1 += h2;
  h2 += h1;
  return mix(h1) + mix(h2);
}

}  // namespace

ist_header_bytes to_bytes(const ist_header& header) {
  ist_header_bytes bytes{};
  const std::span all{bytes};
  all[0] = std::byte{header.version};
  all[1] = static_cast<std::byte>(header.type);
  all[2] = std::byte{header.flags};
  all[3] = static_cast<std::byte>(header.ctrl);
  write_little_endian(all.subspan(4), header.length);
  write_little_endian(all.subspan(8), static_cast<std::uint64_t>(header.seqno));
  write_little_endian(all.subspan(checked), checksum(all.first<checked>()));
  return bytes;
}

result<ist_header> parse_ist_header(std::span<const std::byte, ist_header::size> bytes) {
  const auto type = std::to_integer<std::uint8_t>(bytes[1]);
  const bool known = type >= static_cast<std::uint8_t>(ist_type::handshake) &&
                     type <= static_cast<std::uint8_t>(ist_type::skip);
  ist_header header;
  header.version = std::to_integer<std::uint8_t>(bytes[0]);
  if (header.version < ist_header::first_version || !known) return error::ist_malformed;
  if (read_little_endian<std::uint64_t>(bytes.subspan(checked)) != checksum(bytes.first<checked>())) {
    return error::ist_malformed;
  }
  header.type = static_cast<ist_type>(type);
  header.flags = std::to_integer<std::uint8_t>(bytes[2]);
  header.ctrl = std::to_integer<std::int8_t>(bytes[3]);
  header.length = read_little_endian<std::uint32_t>(bytes.subspan(4));
  header.seqno = static_cast<std::int64_t>(read_little_endian<std::uint64_t>(bytes.subspan(8)));
  return header;
}

bool ist_observer::is_opaque() const {
  return understands_ != understanding::nothing_yet && understands_ != understanding::all;
}

std::uint64_t ist_observer::skippable() const { return is_opaque() ? everything : payload_left_; }

std::size_t ist_observer::wanted() const { return skippable() > 0 ? 0 : ist_header::size - held_; }

void ist_observer::skip(std::uint64_t bytes) {
  figures_.bytes += bytes;
  if (!is_opaque()) payload_left_ -= bytes;
}

void ist_observer::observe(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    auto passed = std::min<std::uint64_t>(skippable(), bytes.size());
    if (passed > 0) {
      skip(passed);
    } else {
      if (figures_.bytes == 0) first_byte(bytes.front());
      if (is_opaque()) continue;
      passed = std::min(wanted(), bytes.size());
      std::copy_n(bytes.begin(), passed, header_.begin() + static_cast<std::ptrdiff_t>(held_));
      held_ += static_cast<std::size_t>(passed);
      figures_.bytes += passed;
      if (held_ == header_.size()) header_complete();
    }
    bytes = bytes.subspan(static_cast<std::size_t>(passed));
  }
}

// What came before the checksum could tell is still known by its first byte.
void ist_observer::first_byte(std::byte first) {
  const auto number = std::to_integer<std::uint8_t>(first);
  if (number == first_byte_of_tls) understands_ = understanding::encrypted;
  if (number > 0 && number < ist_header::first_version) understands_ = understanding::older;
}

void ist_observer::header_complete() {
  held_ = 0;
  const auto header = parse_ist_header(header_);
  const bool begins = understands_ == understanding::nothing_yet;
  const bool fits =
      header && (begins ? header->type == ist_type::handshake || header->type == ist_type::handshake_response
                        : header->version == version_);
  if (!fits) {
    understands_ = begins ? understanding::none : understanding::not_any_more;
    return;
  }
  understands_ = understanding::all;
  version_ = header->version;
  payload_left_ = header->length;
  count(*header);
}

void ist_observer::count(const ist_header& header) {
  switch (header.type) {
    case ist_type::handshake:
    case ist_type::handshake_response: return;
    case ist_type::ctrl:
      if (header.ctrl == ist_header::end) figures_.ended = true;
      if (header.ctrl < 0) figures_.error = -header.ctrl;
      return;
    case ist_type::trx: ++figures_.write_sets; break;
    case ist_type::cchange: ++figures_.changes; break;
    case ist_type::skip: ++figures_.skips; break;
  }
  if ((header.flags & ist_header::preload) != 0) ++figures_.preloaded;
  if (!figures_.first_seqno) figures_.first_seqno = header.seqno;
  figures_.last_seqno = header.seqno;
}

}  // namespace mgc::proxy
