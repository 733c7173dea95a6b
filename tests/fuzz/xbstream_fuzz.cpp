// Any stream, taken for mariadb-backup's: however it is split, and whether its payload is seen or skipped, comes to the
// same; every byte is counted. The first byte of the input says how the rest is split.

#include <algorithm>
#include <tuple>

#include "proxy/xbstream.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/observing.hpp"

using namespace mgc;

namespace {

auto seen(const proxy::xbstream_observer& o) {
  return std::tuple{
      o.if_ended_now(), o.is_opaque(),   o.is_between_chunks(), o.file(),      o.bytes(), o.file_bytes(),
      o.files_begun(),  o.files_ended(), o.payload_bytes(),     o.skippable(), o.wanted()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t slice = std::max<std::size_t>(1, data[0]);
  const std::string_view stream{reinterpret_cast<const char*>(data) + 1, size - 1};
  constexpr std::size_t few_files = 4;
  proxy::xbstream_observer whole{few_files};
  whole.observe(test::as_bytes(stream));
  proxy::xbstream_observer split{few_files};
  test::show_in_slices(split, stream, slice);
  proxy::xbstream_observer headers{few_files};
  MGC_REQUIRE(test::show_headers_only(headers, stream, slice));
  MGC_REQUIRE(seen(whole) == seen(split));
  MGC_REQUIRE(seen(whole) == seen(headers));
  MGC_REQUIRE(whole.bytes() == stream.size());
  MGC_REQUIRE(whole.payload_bytes() <= whole.bytes() && whole.files_ended() <= whole.files_begun());
  MGC_REQUIRE((whole.skippable() == 0) == (whole.wanted() > 0));
  return 0;
}
