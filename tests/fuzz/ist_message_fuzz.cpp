// Any stream, taken for an IST: however it is split, and whether its payload is seen or skipped, comes to the same;
// every byte is counted. What is read as a header is written back as it was.
//
// The first byte of the input says how the rest is split. If it is odd, the rest is not the stream but a row of headers
// without checksums, 16 bytes each, which then get the right one, and a payload as long as they say (up to 100 bytes).

#include <algorithm>
#include <cstring>
#include <string>
#include <tuple>

#include "proxy/ist_message.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/observing.hpp"

using namespace mgc;

namespace {

auto seen(const proxy::ist_observer& o) {
  const auto& f = o.figures();
  return std::tuple{o.understands(), o.version(),  o.skippable(), o.wanted(),  o.is_between_messages(),
                    f.write_sets,    f.changes,    f.skips,       f.preloaded, f.bytes,
                    f.first_seqno,   f.last_seqno, f.ended,       f.error};
}

std::string with_checksums(std::string_view fields) {
  constexpr std::size_t checked = 16;
  std::string stream;
  for (; fields.size() >= checked; fields.remove_prefix(checked)) {
    proxy::ist_header header;
    header.version = static_cast<std::uint8_t>(fields[0]);
    header.type = static_cast<proxy::ist_type>(fields[1]);
    header.flags = static_cast<std::uint8_t>(fields[2]);
    header.ctrl = static_cast<std::int8_t>(fields[3]);
    std::memcpy(&header.length, &fields[4], sizeof header.length);
    std::memcpy(&header.seqno, &fields[8], sizeof header.seqno);
    const auto bytes = proxy::to_bytes(header);
    const auto parsed = proxy::parse_ist_header(bytes);
    if (parsed) MGC_REQUIRE(*parsed == header);
    stream.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    stream.append(std::min<std::size_t>(header.length, 100), 'w');
  }
  return stream;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t slice = std::max<std::size_t>(1, data[0] / 2);
  const std::string_view rest{reinterpret_cast<const char*>(data) + 1, size - 1};
  const auto stream = data[0] % 2 == 1 ? with_checksums(rest) : std::string{rest};
  proxy::ist_observer whole;
  whole.observe(test::as_bytes(stream));
  proxy::ist_observer split;
  test::show_in_slices(split, stream, slice);
  proxy::ist_observer headers;
  MGC_REQUIRE(test::show_headers_only(headers, stream, slice));
  MGC_REQUIRE(seen(whole) == seen(split));
  MGC_REQUIRE(seen(whole) == seen(headers));
  MGC_REQUIRE(whole.figures().bytes == stream.size());
  MGC_REQUIRE((whole.skippable() == 0) == (whole.wanted() > 0));
  return 0;
}
