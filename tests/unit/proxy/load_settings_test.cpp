#include "proxy/load_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/bad_setting.hpp"
#include "tests/unit/proxy/scratch_directory.hpp"

namespace mgc::proxy {
namespace {

using shaper::rate;
using test::scratch_directory;
using testing::ElementsAre;
using testing::HasSubstr;

sst_arguments a_joiner(const std::string& defaults_file) {
  sst_arguments arguments;
  arguments.datadir = "/data";
  arguments.defaults_file = defaults_file;
  return arguments;
}

TEST(LoadSettings, ReadsTheFilesOfTheMachine) {
  const scratch_directory dir;
  dir.write("secret", "of twenty characters\n");
  const auto file = dir.write(
      "my.cnf", "!include " + dir.path("none.cnf") +
                    "\n[mgc]\ntransfer_limit=6000\ncluster_secret_file=" + dir.path("secret") + "\n");
  const auto settings = load_settings(a_joiner(file), {});
  EXPECT_EQ(settings.transfer_limit, rate::kilobytes_per_second(6000));
  EXPECT_EQ(settings.cluster_secret, "of twenty characters");
  EXPECT_THAT(settings.notes, ElementsAre(HasSubstr("none.cnf")));
}

TEST(LoadSettings, LooksForCertificates) {
  const scratch_directory dir;
  const auto pem = dir.write("cert.pem", "");
  dir.write("authorities/a.pem", "");
  const auto group = "[mgc]\ntls_cert=" + pem + "\ntls_key=" + pem + "\ntls_ca=";
  EXPECT_EQ(load_settings(a_joiner(dir.write("a.cnf", group + pem)), {}).tls_ca, pem);
  EXPECT_EQ(load_settings(a_joiner(dir.write("b.cnf", group + dir.path("authorities"))), {}).tls_capath,
            dir.path("authorities"));
  EXPECT_THROW(load_settings(a_joiner(dir.write("c.cnf", group + dir.path("none"))), {}), bad_setting);
}

TEST(LoadSettings, ReadsNoFileWhenTheServerReadNone) {
  const scratch_directory dir;
  auto arguments = a_joiner(dir.write("my.cnf", "[mgc]\ntransfer_limit=6000\n"));
  arguments.server_arguments = {"--no-defaults"};
  EXPECT_TRUE(load_settings(arguments, {}).transfer_limit.is_unlimited());
}

}  // namespace
}  // namespace mgc::proxy
