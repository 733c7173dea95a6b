#include "proxy/server_input.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

#include "shaper/file_descriptor.hpp"

namespace mgc::proxy {
namespace {

using namespace std::chrono_literals;

TEST(ServerInput, GivesWhatStoodBeforeTheAddress) {
  const auto found = parse_server_input(
      "sst_user=wsrep.sst.261123_014230_node1\nsst_password=secret\nsst_remote_user=mgc\nsst_remote_password="
      "89a1=b:c\n");
  EXPECT_EQ(found.remote_authentication, "mgc:89a1=b:c");
  EXPECT_EQ(found.authentication, "");  // of the server's own making
}

TEST(ServerInput, TakesItsLinesInAnyOrderAndNeedsNoLastLineFeed) {
  const auto found = parse_server_input(
      "new=thing\nsst_remote_password=b\n\nrubbish\nsst_password=p\nsst_user=u\nsst_remote_user=a");
  EXPECT_EQ(found.remote_authentication, "a:b");
  EXPECT_EQ(found.authentication, "u:p");
}

TEST(ServerInput, IsNothingWithoutItsLines) {
  EXPECT_EQ(parse_server_input("").remote_authentication, "");
  EXPECT_EQ(parse_server_input("sst_remote_user=mgc\n").remote_authentication, "mgc");
  EXPECT_EQ(parse_server_input("\n\0=\n=\n").authentication, "");
}

class ServerPipe : public testing::Test {
 protected:
  ServerPipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) == 0) {
      reading = shaper::file_descriptor{ends[0]};
      writing = shaper::file_descriptor{ends[1]};
    }
  }
  void write(const std::string& text) const {
    ASSERT_EQ(::write(writing.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  shaper::file_descriptor reading;
  shaper::file_descriptor writing;
};

TEST_F(ServerPipe, IsReadToItsEnd) {
  write("sst_remote_user=mgc\n");
  writing = {};
  EXPECT_EQ(read_server_input(reading.get(), 10s).value(), "sst_remote_user=mgc\n");
}

TEST_F(ServerPipe, IsGivenUpWhenItsEndDoesNotCome) {
  write("sst_remote_user=mgc\n");
  EXPECT_EQ(read_server_input(reading.get(), 20ms).error(), boost::system::errc::timed_out);
}

TEST_F(ServerPipe, TakesNoMoreThanABoundedText) {
  ASSERT_GT(::fcntl(writing.get(), F_SETPIPE_SZ, 1 << 17), 0);
  write(std::string((std::size_t{1} << 16) + 1, 'x'));
  EXPECT_EQ(read_server_input(reading.get(), 10s).error(), boost::system::errc::message_size);
}

TEST(ServerInputFile, IsNotReadWhereThereIsNoPipe) {
  const shaper::file_descriptor file{::open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC)};
  EXPECT_EQ(read_server_input(file.get(), 10s).value(), "");
}

}  // namespace
}  // namespace mgc::proxy
