// The one binary. Its name says which program it is: mgc, mgc-shaper; `mgc shaper` is the same as
// `mgc-shaper`.

#include <fmt/format.h>

#include <cstdio>
#include <string_view>

#include "shaper/program.hpp"
#include "shaper/version.hpp"

namespace {

constexpr std::string_view usage =
    "Usage: mgc shaper OPTIONS   move bytes at an exact, even rate (the same as mgc-shaper)\n"
    "       mgc --version\n"
    "\n"
    "'mgc shaper --help' tells the options, with units and examples.\n";

}  // namespace

int main(int argc, char** argv) {
  std::string_view name = argc > 0 ? argv[0] : "mgc";
  if (const auto slash = name.rfind('/'); slash != std::string_view::npos) name.remove_prefix(slash + 1);
  if (name == "mgc-shaper") return mgc::shaper::run_program(argc, argv);
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (command == "shaper") return mgc::shaper::run_program(argc - 1, argv + 1);
  if (command == "--version") {
    fmt::print("{}\n", mgc::version_text("mgc"));
    return 0;
  }
  const bool asked = command == "--help" || command == "-h";
  if (!asked && !command.empty()) fmt::print(stderr, "mgc: '{}' is not a command of mgc\n", command);
  fmt::print(asked ? stdout : stderr, "{}", usage);
  return asked ? 0 : 2;
}
