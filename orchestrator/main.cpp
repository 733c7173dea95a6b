// The one binary. Its name says which program it is: mgc, mgc-shaper; `mgc shaper` is the same as
// `mgc-shaper`.

#include <cstdio>
#include <string>
#include <string_view>

#include "proxy/ist_relay_program.hpp"
#include "shaper/program.hpp"
#include "shaper/version.hpp"

namespace {

constexpr std::string_view usage =
    "Usage: mgc shaper OPTIONS      move bytes at an exact, even rate (the same as mgc-shaper)\n"
    "       mgc ist-relay OPTIONS   receive Galera's incremental state transfers at a limited rate\n"
    "       mgc --version\n"
    "\n"
    "'mgc COMMAND --help' tells the options, with units and examples.\n";

}  // namespace

int main(int argc, char** argv) {
  std::string_view name = argc > 0 ? argv[0] : "mgc";
  if (const auto slash = name.rfind('/'); slash != std::string_view::npos) name.remove_prefix(slash + 1);
  if (name == "mgc-shaper") return mgc::shaper::run_program(argc, argv);
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (command == "shaper") return mgc::shaper::run_program(argc - 1, argv + 1);
  if (command == "ist-relay") return mgc::proxy::run_ist_relay(argc - 1, argv + 1);
  if (command == "--version") {
    return std::puts(mgc::version_text("mgc").c_str()) < 0 || std::fflush(stdout) != 0 ? 1 : 0;
  }
  const bool asked = command == "--help" || command == "-h";
  std::string text{usage};
  if (!asked && !command.empty())
    text = "mgc: '" + std::string{command} + "' is not a command of mgc\n" + text;
  auto* const to = asked ? stdout : stderr;
  const bool written = std::fputs(text.c_str(), to) >= 0 && std::fflush(to) == 0;
  if (!asked) return 2;
  return written ? 0 : 1;
}
