// Any text, read as the CONFIG of `mgc deploy`: each line is refused with its number, or is what was written, and what was
// made of it as a whole is refused or can be sent to an engine.

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "orchestrator/deploy/deploy_settings.hpp"
#include "orchestrator/deploy/engine_json.hpp"
#include "orchestrator/deploy/ini_text.hpp"
#include "tests/fuzz/require.hpp"

using namespace mgc::orchestrator;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto file = parse_ini(text, "f");
  unsigned line = 0;
  for (const auto& entry : file.entries) {
    MGC_REQUIRE(entry.line > line);
    line = entry.line;
    MGC_REQUIRE(!entry.key.empty() && entry.key.find_first_of("=:\n") == std::string::npos);
    MGC_REQUIRE(text.find(entry.value) != std::string_view::npos &&
                entry.value.find('\n') == std::string::npos);
  }
  for (const auto& problem : file.problems) MGC_REQUIRE(problem.starts_with("f, line "));

  std::vector<std::string> problems;
  const auto settings = read_deploy_settings(text, "f", problems);
  for (const auto& problem : problems)
    MGC_REQUIRE(problem.starts_with("f") && problem.find('\n') == std::string::npos);
  if (!problems.empty()) return 0;
  MGC_REQUIRE(!settings.nodes.empty());
  for (const auto& node : settings.nodes) {
    boost::json::error_code failed;
    (void)boost::json::parse(to_json(node.container), failed);
    MGC_REQUIRE(!failed && node.data.starts_with('/'));
    MGC_REQUIRE(parse_engine_endpoint(to_string(node.engine)));
  }
  return 0;
}
