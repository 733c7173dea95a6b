#include "proxy/option_file_reader.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>

#include "proxy/bad_setting.hpp"
#include "tests/unit/child_process.hpp"
#include "tests/unit/proxy/scratch_directory.hpp"
#include "tests/unit/random_source.hpp"

namespace mgc::proxy {
namespace {

using test::child_process;
using test::scratch_directory;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> shown(const option_files& files) {
  std::vector<std::string> texts;
  for (const auto& o : files.options) texts.push_back(o.written + "=" + o.value.value_or("(none)"));
  return texts;
}

option_file_list only(const std::string& file, const std::string& home = "") {
  option_file_list list;
  list.defaults_file = file;
  list.home = home;
  return list;
}

option_file_list with_extra(const std::string& file) {
  option_file_list list;
  list.defaults_extra_file = file;
  return list;
}

option_files read(const std::string& file, const std::string& home = "") {
  return read_option_files(only(file, home));
}

std::string refusal(const option_file_list& list) {
  try {
    read_option_files(list);
  } catch (const bad_setting& refused) {
    return refused.what();
  }
  return "nothing was refused";
}

TEST(OptionFileReader, ReadsWhatAFileIncludesInItsPlace) {
  const scratch_directory dir;
  dir.write("b.cnf", "[h]\nb=2\n");
  dir.write("home/c.cnf", "[h]\nc=3\n");
  const auto file =
      dir.write("a.cnf", "[g]\na=1\n!include " + dir.path("b.cnf") + "\nd=4\n!include ~/c.cnf\n");
  const auto files = read(file, dir.path("home"));
  EXPECT_THAT(shown(files), ElementsAre("a=1", "b=2", "d=4", "c=3"));
  EXPECT_EQ(files.options[1].file, dir.path("b.cnf"));
  EXPECT_EQ(files.options[2].group, "g");
  EXPECT_THAT(files.notes, IsEmpty());
}

TEST(OptionFileReader, ReadsADirectoryInTheOrderOfNames) {
  const scratch_directory dir;
  for (const auto* const name : {"d/b.cnf", "d/a.cnf", "d/Z.cnf", "d/.h.cnf", "d/c.conf", "d/d.cnf~"}) {
    dir.write(name, std::string{"[g]\nfrom="} + name + "\n");
  }
  for (const auto* const slash : {"", "/"}) {
    const auto files = read(dir.write("my.cnf", "!includedir " + dir.path("d") + slash + "\n"));
    EXPECT_THAT(shown(files), ElementsAre("from=d/.h.cnf", "from=d/Z.cnf", "from=d/a.cnf", "from=d/b.cnf"));
  }
}

TEST(OptionFileReader, ReadsExtraFilesBetweenThoseOfServerAndHome) {
  const scratch_directory dir;
  dir.write("server/my.cnf", "[of_this_test]\nx=1\n");
  dir.write("home/.my.cnf", "[of_this_test]\nx=3\n");
  const auto files =
      read_option_files({.defaults_file = "",
                         .server_home = dir.path("server"),
                         .defaults_extra_file = dir.write("extra.cnf", "[of_this_test]\nx=2\n"),
                         .home = dir.path("home")});
  std::vector<std::string> values;
  for (const auto& o : files.options) {
    if (o.group == "of_this_test") values.push_back(o.value.value());
  }
  EXPECT_THAT(values, ElementsAre("1", "2", "3"));
}

TEST(OptionFileReader, WantsTheFilesThatWereNamed) {
  const scratch_directory dir;
  EXPECT_THAT(refusal(only(dir.path("none.cnf"))), AllOf(HasSubstr("none.cnf"), HasSubstr("No such file")));
  EXPECT_THAT(refusal(with_extra(dir.path("none.cnf"))), HasSubstr("none.cnf"));
  EXPECT_THAT(refusal(only(dir.write("a.cnf", "\n!includedir " + dir.path("none") + "\n"))),
              AllOf(HasSubstr("a.cnf, line 2"), HasSubstr("none")));
}

TEST(OptionFileReader, NamesWhatItDoesNotRead) {
  const scratch_directory dir;
  const auto open_to_all = dir.write("open.cnf", "[g]\nx=1\n");
  ASSERT_EQ(::chmod(open_to_all.c_str(), 0666), 0);
  const auto file = dir.write("a.cnf", "!include " + dir.path("none.cnf") + "\n!include " + open_to_all +
                                           "\n!include " + dir.path("") + "\n[g]\ny=1\n");
  const auto files = read(file);
  EXPECT_THAT(shown(files), ElementsAre("y=1"));
  EXPECT_THAT(files.notes, ElementsAre(AllOf(HasSubstr("none.cnf"), HasSubstr("No such file")),
                                       AllOf(HasSubstr("open.cnf"), HasSubstr("everybody may write it")),
                                       HasSubstr("it is not a file")));
}

TEST(OptionFileReader, DoesNotWaitAtAFifo) {
  const scratch_directory dir;
  const auto fifo = dir.path("fifo.cnf");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_THAT(read(fifo).notes, ElementsAre(HasSubstr("it is not a file")));
}

TEST(OptionFileReader, EndsFilesThatIncludeThemselves) {
  const scratch_directory dir;
  const auto file = dir.write("loop.cnf", "!include " + dir.path("loop.cnf") + "\n[g]\nx=1\n");
  const auto files = read(file);
  EXPECT_EQ(files.options.size(), 11U);  // as the server does
  EXPECT_THAT(files.notes, ElementsAre(HasSubstr("include each other")));
  const auto twice = "!include " + dir.path("twice.cnf") + "\n";
  EXPECT_THAT(refusal(only(dir.write("twice.cnf", twice + twice))), HasSubstr("without end"));
}

#ifdef MGC_MY_PRINT_DEFAULTS
// What `my_print_defaults --defaults-file=FILE g h` prints, or "refused".
std::string printed_by_the_server(const std::string& file, const std::string& output) {
  child_process program{[&] {
    const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (::dup2(out, 1) < 0 || ::dup2(nowhere, 2) < 0) return 98;
    const auto defaults = "--defaults-file=" + file;
    ::execl(MGC_MY_PRINT_DEFAULTS, "my_print_defaults", defaults.c_str(), "g", "h", nullptr);
    return 98;
  }};
  const auto code = program.exit_code();
  EXPECT_NE(code, 98);
  if (code != 0) return "refused";
  std::ifstream content{output, std::ios::binary};
  return {std::istreambuf_iterator<char>{content}, {}};
}

std::string printed_by_us(const std::string& file) {
  std::string text;
  try {
    const auto files = read_option_files(only(file));
    const option_view view{files.options, {"g", "h"}, ""};
    for (const auto& o : files.options) {
      if (view.reads(o)) text += "--" + o.written + (o.value ? "=" + *o.value : "") + "\n";
    }
  } catch (const bad_setting&) {
    return "refused";
  }
  return text;
}

TEST(OptionFileReader, ReadsWhatMyPrintDefaultsReads) {
  const scratch_directory dir;
  dir.write("included.cnf", "[h]\nincluded=1\n");
  dir.write("d/one.cnf", "[g]\none=1\n");
  const std::array<std::string, 30> pieces{"[g]\n",
                                           "[h]\n",
                                           "[other]\n",
                                           "a",
                                           "=",
                                           " = ",
                                           "\"",
                                           "'",
                                           "#",
                                           ";",
                                           "\\",
                                           "\\s",
                                           "\\n",
                                           "\\\"",
                                           " ",
                                           "\t",
                                           "\n",
                                           "\n",
                                           "\n",
                                           "b_c",
                                           "x y",
                                           "[",
                                           "]",
                                           "!",
                                           "\r\n",
                                           "-",
                                           "!include " + dir.path("included.cnf") + "\n",
                                           "!includedir " + dir.path("d") + "\n",
                                           "loose-z=1\n",
                                           "\xc3\xa4"};
  test::random_source random;
  for (int i = 0; i < 400; ++i) {
    std::string text = random.one_in(10) ? "" : "[g]\n";
    for (auto length = random.between(0, 40); length > 0; --length) text += random.one_of(pieces);
    const auto file = dir.write("my.cnf", text);
    const auto ours = printed_by_us(file);
    // Of an option without a name the server keeps what stands in memory; nobody asks for it.
    if (("\n" + ours).find("\n--=") != std::string::npos || ours.find("--\n") != std::string::npos) continue;
    ASSERT_EQ(ours, printed_by_the_server(file, dir.path("output"))) << "the file is:\n" << text;
  }
}

TEST(OptionFileReader, KnowsTheGroupsOfTheServer) {
  const scratch_directory dir;
  std::string text;
  for (const auto& group : server_groups()) text += "[" + group + "]\n" + group + "\n";
  const auto file = dir.write("my.cnf", text);
  const auto output = dir.path("output");
  child_process program{[&] {
    const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (::dup2(out, 1) < 0) return 98;
    const auto defaults = "--defaults-file=" + file;
    ::execl(MGC_MY_PRINT_DEFAULTS, "my_print_defaults", defaults.c_str(), "--mysqld", nullptr);
    return 98;
  }};
  ASSERT_EQ(program.exit_code(), 0);
  std::ifstream content{output};
  std::string expected;
  for (const auto& group : server_groups()) expected += "--" + group + "\n";
  EXPECT_EQ((std::string{std::istreambuf_iterator<char>{content}, {}}), expected);
}
#endif

}  // namespace
}  // namespace mgc::proxy
