#include "orchestrator/config/option_file_text.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iterator>

#include "proxy/option_file.hpp"
#include "tests/unit/child_process.hpp"
#include "tests/unit/proxy/scratch_directory.hpp"
#include "tests/unit/random_source.hpp"

namespace mgc::orchestrator {
namespace {

using test::scratch_directory;

std::string random_value(test::random_source& random) {
  static const std::array<std::string, 22> pieces{"a", "B",  "1",   " ",    "  ",       "\t",  "#", ";",
                                                  "'", "\"", "\\",  "\n",   "\r",       "\b",  "=", "[",
                                                  "]", "!",  "\\n", "\\\\", "\xc3\xa4", "\x01"};
  std::string value;
  for (auto length = random.between(0, 12); length > 0; --length) value += random.one_of(pieces);
  return value;
}

TEST(OptionFileText, HasGroupsAndPlainWordsAsTheyAre) {
  const auto text = option_file_text({{"mysqld", "port", "3307", ""},
                                      {"mysqld", "sql_mode", "", ""},
                                      {"mgc", "transfer_limit", "6000", ""}});
  EXPECT_THAT(text,
              testing::HasSubstr("[mysqld]\nport = 3307\nsql_mode = \"\"\n\n[mgc]\ntransfer_limit = 6000\n"));
}

TEST(OptionFileText, IsReadBackByOurReader) {
  test::random_source random;
  for (int i = 0; i < 5000; ++i) {
    const auto value = random_value(random);
    const auto items = proxy::parse_option_file(option_file_text({{"mysqld", "x", value, ""}}), "x.cnf");
    ASSERT_EQ(items.size(), 1U);
    ASSERT_EQ(std::get<proxy::option>(items[0]).value, value);
  }
}

#ifdef MGC_MY_PRINT_DEFAULTS
TEST(OptionFileText, IsReadBackByTheServersReader) {
  const scratch_directory dir;
  test::random_source random;
  std::vector<server_option> options;
  std::string expected;
  for (int i = 0; i < 3000; ++i) {
    options.push_back({"mysqld", "x" + std::to_string(i), random_value(random), ""});
    expected += "--" + options.back().name + "=" + options.back().value + "\n";
  }
  const auto file = "--defaults-file=" + dir.write("my.cnf", option_file_text(options));
  const auto output = dir.path("output");
  test::child_process program{[&] {
    const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (::dup2(out, 1) < 0) return 98;
    ::execl(MGC_MY_PRINT_DEFAULTS, "my_print_defaults", file.c_str(), "mysqld", nullptr);
    return 98;
  }};
  ASSERT_EQ(program.exit_code(), 0);
  std::ifstream content{output, std::ios::binary};
  EXPECT_EQ((std::string{std::istreambuf_iterator<char>{content}, {}}), expected);
}
#endif

}  // namespace
}  // namespace mgc::orchestrator
