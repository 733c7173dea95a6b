// Any text, read as HOST:PORT: it is refused, or it is read back as it was written.

#include <string_view>

#include "shaper/endpoint.hpp"
#include "tests/fuzz/require.hpp"

using namespace mgc::shaper;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = parse_endpoint({reinterpret_cast<const char*>(data), size});
  if (!parsed) return 0;
  MGC_REQUIRE(!parsed->host.empty());
  MGC_REQUIRE(parsed->host.find_first_of("[] \n") == std::string::npos);
  const auto read_back = parse_endpoint(to_string(*parsed));
  MGC_REQUIRE(read_back.has_value() && *read_back == *parsed);
  return 0;
}
