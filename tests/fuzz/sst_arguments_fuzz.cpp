// Any command line, its words parted by NUL: it is refused with a text, or everything in it is as the other parts rely on.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/bad_setting.hpp"
#include "proxy/sst_arguments.hpp"
#include "tests/fuzz/require.hpp"

using namespace mgc::proxy;

namespace {

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
}

void check(const sst_arguments& arguments, std::size_t words) {
  MGC_REQUIRE(!arguments.address.empty());
  MGC_REQUIRE(arguments.datadir.starts_with('/') &&
              (arguments.datadir == "/" || !arguments.datadir.ends_with('/')));
  MGC_REQUIRE(!arguments.parent || *arguments.parent > 0);
  MGC_REQUIRE(arguments.role == sst_role::joiner || !arguments.gtid.empty());
  MGC_REQUIRE(arguments.gtid.empty() ||
              arguments.gtid.find_first_not_of("0123456789abcdefABCDEF-:") == std::string::npos);
  MGC_REQUIRE(arguments.gtid.size() <= 36 + 1 + 20);
  MGC_REQUIRE(arguments.gtid_domain_id.find_first_not_of("0123456789") == std::string::npos);
  for (const auto& text :
       {arguments.address, arguments.datadir, arguments.socket, arguments.binlog, arguments.binlog_index,
        arguments.defaults_file, arguments.defaults_extra_file, arguments.defaults_group_suffix}) {
    MGC_REQUIRE(!has_control(text));
  }
  MGC_REQUIRE(arguments.server_arguments.size() < words);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text{reinterpret_cast<const char*>(data), size};
  std::vector<const char*> argv{"program"};
  for (std::size_t at = 0; at < text.size(); at = std::min(text.find('\0', at), text.size()) + 1) {
    argv.push_back(text.c_str() + at);
  }
  try {
    check(parse_sst_arguments(argv), argv.size());
  } catch (const bad_setting& refused) {
    MGC_REQUIRE(!std::string_view{refused.what()}.empty() && !has_control(refused.what()));
  }
  return 0;
}
