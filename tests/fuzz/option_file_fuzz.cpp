// Any text, read as an option file, and what it says then as settings: it is refused with a text that tells where, or
// every option has its place, and encryption is off only where nothing asked for it.

#include <string>
#include <string_view>
#include <variant>

#include "proxy/bad_setting.hpp"
#include "proxy/sst_settings.hpp"
#include "tests/fuzz/require.hpp"

using namespace mgc::proxy;

namespace {

void check(const option& o, unsigned& line) {
  MGC_REQUIRE(o.line > line);
  line = o.line;
  MGC_REQUIRE(!o.group.empty());
  MGC_REQUIRE(o.name.find('_') == std::string::npos);
  MGC_REQUIRE(o.name.find('#') == std::string::npos || o.name.find_first_of("\"'") != std::string::npos);
}

void check(const sst_settings& settings) {
  MGC_REQUIRE(settings.transfer_limit.is_unlimited() || settings.transfer_limit.is_limited());
  MGC_REQUIRE(settings.limit_origin.empty() ? settings.transfer_limit.is_unlimited() : true);
  MGC_REQUIRE(settings.tls != tls_choice::psk || !settings.cluster_secret.empty());
  MGC_REQUIRE(settings.tls != tls_choice::certificates ||
              (!settings.tls_cert.empty() && !settings.tls_key.empty()));
  MGC_REQUIRE(settings.transfer_timeout.count() > 0);
  for (const auto& directory :
       {settings.directories.innodb_data_home, settings.directories.innodb_log_group_home,
        settings.directories.innodb_undo, settings.directories.aria_log}) {
    MGC_REQUIRE(directory.starts_with('/') && (directory == "/" || !directory.ends_with('/')));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  sst_arguments arguments;
  arguments.datadir = "/data";
  try {
    option_files files;
    unsigned line = 0;
    for (auto& item : parse_option_file(text, "my.cnf")) {
      if (auto* const o = std::get_if<option>(&item)) {
        check(*o, line);
        files.options.push_back(std::move(*o));
      }
    }
    check(resolve_settings(arguments, files, {},
                           {.read = [](const std::string& path) -> result<std::string> { return path; },
                            .check = [](const std::string&) { return error_code{}; },
                            .is_directory = [](const std::string& path) { return path.size() % 2 == 0; }}));
  } catch (const bad_setting& refused) {
    MGC_REQUIRE(std::string_view{refused.what()}.find("my.cnf, line ") != std::string_view::npos);
  }
  return 0;
}
