// Any environment, its lines parted by NUL: it comes to settings that the others can rely on, or to problems; and the option
// file made of them says what they say. A secret is in no text.

#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/config/configuration_text.hpp"
#include "orchestrator/config/option_file_text.hpp"
#include "orchestrator/config/resolve_settings.hpp"
#include "proxy/option_file.hpp"
#include "tests/fuzz/require.hpp"

using namespace mgc;
using namespace mgc::orchestrator;

namespace {

constexpr std::string_view secret_text = "Xsecret-that-nobody-seesX";

machine machine_of_fuzzer() {
  machine here;
  here.addresses = {
      {"lo", "127.0.0.1", 8, true}, {"eth0", "192.0.2.2", 24, false}, {"eth0", "2001:db8::2", 64, false}};
  here.memory = std::uint64_t{2} << 30;
  here.processors = 2;
  here.root = true;
  here.provider = "/usr/lib/galera/libgalera_smm.so";
  here.server_program = "/usr/sbin/mariadbd";
  here.disk_size = [](const std::string& path) { return std::uint64_t{path.size()} << 28; };
  here.exists = [](const std::string& path) { return path.size() % 2 == 0; };
  here.resolve = [](const std::string& name) -> proxy::result<std::vector<std::string>> {
    if (name.size() % 2 == 0) return std::vector<std::string>{};
    return std::vector<std::string>{"192.0.2.2", "2001:db8::9"};
  };
  here.read_file = [](const std::string& path) -> proxy::result<std::string> { return path; };
  return here;
}

void check(const node_settings& settings) {
  const auto& p = settings.ports;
  MGC_REQUIRE(p.sql != 0 && p.peer != 0);
  MGC_REQUIRE(numeric_address(settings.address) == settings.address);
  for (const auto& node : settings.nodes) MGC_REQUIRE(numeric_address(node.address) == node.address);
  MGC_REQUIRE(!settings.directories.data.empty() && settings.directories.data[0] == '/');
  MGC_REQUIRE(settings.mode == cluster_mode::plain || (p.group != 0 && p.ist != 0 && p.sst != 0));

  std::vector<proxy::option> read;
  for (auto& item : proxy::parse_option_file(option_file_text(settings.options), "f")) {
    read.push_back(std::get<proxy::option>(item));
  }
  MGC_REQUIRE(read.size() == settings.options.size());
  for (std::size_t i = 0; i < read.size(); ++i) MGC_REQUIRE(read[i].value == settings.options[i].value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  std::vector<std::string> environment{"cluster_secret=" + std::string{secret_text},
                                       "mysql_root_password=" + std::string{secret_text}};
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\0'));
    environment.emplace_back(line);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  const auto here = machine_of_fuzzer();
  std::vector<std::string> problems;
  given_values given{environment};
  given.read_secret_files(here.read_file, problems);
  const auto settings = resolve_node_settings(given, here, problems);
  if (problems.empty()) check(settings);
  for (const auto& line : problems) {
    MGC_REQUIRE(!line.empty() && line.find('\n') == std::string::npos);
    MGC_REQUIRE(line.find(secret_text) == std::string::npos);
  }
  MGC_REQUIRE(configuration_text(settings).find(secret_text) == std::string::npos);
  MGC_REQUIRE(configuration_json(settings).find(secret_text) == std::string::npos);
  return 0;
}
