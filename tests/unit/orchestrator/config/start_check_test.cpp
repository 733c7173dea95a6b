#include "orchestrator/config/start_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>

#include <filesystem>

#include "shaper/file_descriptor.hpp"
#include "tests/unit/orchestrator/config/test_machine.hpp"
#include "tests/unit/proxy/scratch_directory.hpp"

namespace mgc::orchestrator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class start_check : public testing::Test {
 protected:
  start_check() {
    settings_ = resolve({"cluster_mode=single", "base_dir=" + dir_.path("base")}).settings;
    settings_.server_user = ::getpwuid(::geteuid())->pw_name;
    settings_.address = "127.0.0.1";
    settings_.ist_bind.clear();
    settings_.ports = {};
    settings_.ports.sql = 0;
  }

  test::scratch_directory dir_;
  node_settings settings_;
};

TEST_F(start_check, FindsAPortInUseAndNamesItsVariable) {
  const shaper::file_descriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  ::sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<::sockaddr*>(&address);
  ASSERT_EQ(::bind(socket.get(), generic, size), 0);
  ASSERT_EQ(::listen(socket.get(), 1), 0);
  ASSERT_EQ(::getsockname(socket.get(), generic, &size), 0);
  EXPECT_THAT(start_problems(settings_), IsEmpty());
  settings_.ports.sst = ntohs(address.sin_port);
  EXPECT_THAT(start_problems(settings_),
              ElementsAre(testing::StartsWith("sst_receive_port=" + std::to_string(settings_.ports.sst) +
                                              ": 127.0.0.1:")));
  settings_.ports.sst = 0;
  settings_.ports.sql = ntohs(address.sin_port);
  EXPECT_THAT(start_problems(settings_), ElementsAre(HasSubstr("my_bind_address")));
}

TEST_F(start_check, FindsADatadirOfSomebodyElse) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  std::filesystem::create_directories(settings_.directories.data);
  ASSERT_EQ(::chown(settings_.directories.data.c_str(), 12345, 12345), 0);
  EXPECT_THAT(start_problems(settings_), IsEmpty());  // empty: it will be given away
  dir_.write("base/data/ibdata1", "x");
  EXPECT_THAT(start_problems(settings_), ElementsAre(HasSubstr("belongs to the user 12345")));
}

}  // namespace
}  // namespace mgc::orchestrator
