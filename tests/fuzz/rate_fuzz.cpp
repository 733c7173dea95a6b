// Any text, read as a rate and as a size: it is refused, or it is in range, and a rate is read back as it was
// written.

#include <string_view>

#include "shaper/rate.hpp"
#include "tests/fuzz/require.hpp"

using namespace mgc::shaper;

namespace {

void check_rate(rate r, std::uint64_t bytes) {
  MGC_REQUIRE(r.is_unlimited() || (r.count() >= 1024 && r.count() <= rate::highest));
  const auto read_back = parse_rate(to_string(r));
  MGC_REQUIRE(read_back.has_value());
  if (r.is_unlimited()) {
    MGC_REQUIRE(read_back->is_unlimited());
    return;
  }
  const auto difference = r > *read_back ? r.count() - read_back->count() : read_back->count() - r.count();
  MGC_REQUIRE(difference <= 512);  // it was rounded to whole KB/s
  const auto time = r.time_for(bytes);
  MGC_REQUIRE(time == duration::max() || r.bytes_in(time) >= bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto bytes = parse_size(text);
  MGC_REQUIRE(!bytes || *bytes <= std::uint64_t{1} << 63);
  if (const auto r = parse_rate(text)) check_rate(*r, bytes ? *bytes : size);
  return 0;
}
