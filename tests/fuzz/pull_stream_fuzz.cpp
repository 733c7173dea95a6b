// Any bytes, read as what an engine sends: whole, and in two pieces, it comes to the same; and the same bytes as its other
// answers.

#include <string_view>

#include "orchestrator/deploy/engine_json.hpp"
#include "orchestrator/deploy/pull_stream.hpp"
#include "tests/fuzz/require.hpp"

using namespace mgc::orchestrator;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  pull_stream whole;
  whole.read(text);
  whole.end();
  pull_stream parts;
  parts.read(text.substr(0, size / 2));
  parts.read(text.substr(size / 2));
  parts.end();
  MGC_REQUIRE(whole.problem().empty() == parts.problem().empty());
  MGC_REQUIRE(whole.downloaded().bytes == parts.downloaded().bytes);
  MGC_REQUIRE(whole.downloaded().bytes <= whole.downloaded().total);
  MGC_REQUIRE(whole.problem().find('\n') == std::string::npos);

  (void)parse_engine_version(text);
  (void)parse_image(text);
  (void)parse_created(text);
  if (const auto found = parse_container(text)) (void)differences({}, *found, std::nullopt);
  MGC_REQUIRE(engine_error(text).find('\n') == std::string::npos);
  MGC_REQUIRE(log_lines(text, 5).size() <= 5);
  return 0;
}
