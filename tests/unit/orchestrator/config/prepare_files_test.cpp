#include "orchestrator/config/prepare_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "orchestrator/config/bad_configuration.hpp"
#include "tests/unit/orchestrator/config/test_machine.hpp"
#include "tests/unit/proxy/scratch_directory.hpp"

namespace mgc::orchestrator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class prepare_files : public testing::Test {
 protected:
  prepare_files() {
    settings_ = resolve({"cluster_mode=single", "cluster_secret=a-long-enough-secret",
                         "base_dir=" + dir_.path("base")})
                    .settings;
    settings_.server_user = ::getpwuid(::geteuid())->pw_name;
    settings_.address = "127.0.0.1";
  }

  static std::string content(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
  }

  static mode_t mode_of(const std::string& path) {
    struct ::stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777;
  }

  test::scratch_directory dir_;
  node_settings settings_;
};

TEST_F(prepare_files, MakesDirectoriesButNotTheDatadir) {
  make_directories(settings_);
  make_directories(settings_);
  for (const auto* const name : {"conf", "lock", "logs", "tmp", "initdb.d", "run"}) {
    EXPECT_EQ(mode_of(dir_.path("base/") + name), 0750U) << name;
  }
  EXPECT_FALSE(std::filesystem::exists(settings_.directories.data));
}

TEST_F(prepare_files, SaysWhichDirectoryCannotBeMade) {
  dir_.write("base", "a file");
  try {
    make_directories(settings_);
    FAIL();
  } catch (const bad_configuration& wrong) {
    EXPECT_THAT(wrong.problems(), ElementsAre(HasSubstr(dir_.path("base"))));
  }
}

TEST_F(prepare_files, WritesForTheServerAlone) {
  make_directories(settings_);
  dir_.write("base/conf/server.cnf", "old");
  write_option_files(settings_);
  EXPECT_THAT(content(settings_.option_file), HasSubstr("wsrep_cluster_name = mariadb-galera\n"));
  EXPECT_EQ(content(settings_.cluster_secret_file), "a-long-enough-secret\n");
  EXPECT_EQ(mode_of(settings_.option_file), 0600U);
  EXPECT_EQ(mode_of(settings_.cluster_secret_file), 0600U);
}

TEST_F(prepare_files, LeavesTheOperatorsFilesAlone) {
  make_directories(settings_);
  dir_.write("base/conf/server.cnf", "theirs");
  settings_.operator_files = true;
  settings_.option_file = settings_.directories.run + "/operator.cnf";
  write_option_files(settings_);
  EXPECT_EQ(content(settings_.directories.conf + "/server.cnf"), "theirs");
  EXPECT_THAT(content(settings_.option_file),
              HasSubstr("!include " + settings_.directories.conf + "/server.cnf\n"));
}

}  // namespace
}  // namespace mgc::orchestrator
