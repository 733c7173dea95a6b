// What a peer of the wire says: no bytes do harm, and what can be read is written back as it was.
//
// The first byte of the input says which message the rest is taken for; those of a handshake are made to fit:
// magic numbers and sizes are no use to guess. Each input is also a row of frames, as a receiver would walk it.

#include <algorithm>
#include <string>
#include <string_view>

#include "proxy/wire.hpp"
#include "tests/fuzz/require.hpp"

using namespace mgc::proxy;

namespace {

// Cut or filled up with zeros.
std::string fitted(std::string_view bytes, std::size_t size) {
  std::string all{bytes.substr(0, size)};
  all.resize(size, '\0');
  return all;
}

void take_hello(std::string_view bytes) {
  const auto h = wire::hello::decode(bytes);
  if (!h) return;
  MGC_REQUIRE(h->encode() == bytes);
  MGC_REQUIRE(h->lowest >= 1 && h->lowest <= h->highest);
  const auto version = wire::common_version(*h);
  MGC_REQUIRE(version == 0 || (version >= h->lowest && version <= h->highest));
}

void take_challenge(std::string_view bytes) {
  const auto c = wire::challenge::decode(bytes);
  if (!c) return;
  MGC_REQUIRE(c->encode() == bytes);
  MGC_REQUIRE(c->version == 0 || (c->version >= c->lowest && c->version <= c->highest));
}

void take_header(std::string_view bytes) {
  const auto header = wire::frame_header::decode(bytes);
  if (!header) return;
  const auto written = header->encode();
  MGC_REQUIRE((std::string_view{written.data(), written.size()} == bytes));
  MGC_REQUIRE(header->length <= wire::most_data);
}

void take_count(std::string_view payload) {
  if (const auto count = wire::decode_count(payload)) MGC_REQUIRE(wire::encode_count(*count) == payload);
}

void take_failure(std::string_view payload) {
  const auto report = wire::failure_report::decode(payload);
  if (report) MGC_REQUIRE(report->encode() == payload.substr(0, wire::most_failure));
}

void take_options(std::string_view payload) {
  const auto options = wire::decode_options(payload);
  if (!options) return;
  const auto written = wire::encode_options(*options);
  MGC_REQUIRE(written.size() <= payload.size());
  MGC_REQUIRE(wire::decode_options(written).value() == *options);
  const auto decoded = wire::transfer_options::decode(*options);
  if (!decoded) return;
  const auto again = wire::transfer_options::decode(decoded->encode());
  MGC_REQUIRE(again && again->encode() == decoded->encode());
}

void take_payload(wire::frame type, std::string_view payload) {
  switch (type) {
    case wire::frame::options: return take_options(payload);
    case wire::frame::end:
    case wire::frame::acknowledgement: return take_count(payload);
    case wire::frame::failure: return take_failure(payload);
    case wire::frame::data:
    case wire::frame::compressed:
    case wire::frame::stage: return;
  }
}

void walk_frames(std::string_view bytes) {
  while (bytes.size() >= wire::frame_header::size) {
    const auto header = wire::frame_header::decode(bytes.substr(0, wire::frame_header::size));
    if (!header) return;
    bytes.remove_prefix(wire::frame_header::size);
    const auto payload = bytes.substr(0, header->length);
    take_payload(header->type, payload);
    bytes.remove_prefix(payload.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest{reinterpret_cast<const char*>(data) + 1, size - 1};
  switch (data[0] % 8) {
    case 0: take_hello(rest); break;
    case 1: take_challenge(rest); break;
    case 2: take_hello("MGCW" + fitted(rest, wire::hello::size - 4)); break;
    case 3: take_challenge("MGCW" + fitted(rest, wire::challenge::size - 4)); break;
    case 4: take_header(fitted(rest, wire::frame_header::size)); break;
    case 5: take_failure(rest); break;
    case 6: take_options(rest); break;
    default: take_count(rest); break;
  }
  walk_frames(rest);
  return 0;
}
