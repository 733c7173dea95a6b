// Any text, read as a file of KEY=VALUE lines: each line is refused with its number, or is what was written.

#include <string>
#include <string_view>

#include "orchestrator/config/assignment_file.hpp"
#include "tests/fuzz/require.hpp"

using namespace mgc::orchestrator;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto file = parse_assignments(text, "f");
  unsigned line = 0;
  for (const auto& a : file.assignments) {
    MGC_REQUIRE(a.line >= line && a.line > 0);
    line = a.line;
    MGC_REQUIRE(!a.name.empty() && text.find(a.name) != std::string_view::npos);
    MGC_REQUIRE(a.name.find_first_of("= \t'\"$;") == std::string::npos);
    MGC_REQUIRE(!a.value || (a.value->size() <= size && a.value->find('\n') == std::string::npos));
  }
  for (const auto& problem : file.problems) MGC_REQUIRE(problem.starts_with("f, line "));
  for (const auto& warning : file.warnings) MGC_REQUIRE(warning.starts_with("f, line "));

  // What is written between single quotes is itself.
  if (text.find_first_of(std::string_view{"'\n\0", 3}) == std::string_view::npos) {
    const auto quoted = parse_assignments("a='" + std::string{text} + "'", "f");
    MGC_REQUIRE(quoted.assignments.size() == 1 && quoted.assignments[0].value == text);
  }
  return 0;
}
