#include "shaper/splice_pipe.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <termios.h>

#include <array>
#include <fstream>
#include <string>
#include <vector>

#include "tests/unit/child_process.hpp"
#include "tests/unit/random_source.hpp"

namespace mgc::shaper {
namespace {

namespace errc = boost::system::errc;

struct two_ends {
  file_descriptor read;
  file_descriptor write;
};

two_ends make_pipe(int capacity = 65536) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_NONBLOCK) != 0) throw std::runtime_error{"pipe2"};
  ::fcntl(ends[0], F_SETPIPE_SZ, capacity);
  return {file_descriptor{ends[0]}, file_descriptor{ends[1]}};
}

two_ends make_sockets(int type) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, ends.data()) != 0)
    throw std::runtime_error{"socketpair"};
  return {file_descriptor{ends[0]}, file_descriptor{ends[1]}};
}

void put(const file_descriptor& to, const std::string& text) {
  ASSERT_EQ(::write(to.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
}

// What can be read now.
std::string take(const file_descriptor& from) {
  std::string all;
  std::array<char, 4096> piece{};
  for (ssize_t got = 0; (got = ::read(from.get(), piece.data(), piece.size())) > 0;) {
    all.append(piece.data(), static_cast<std::size_t>(got));
  }
  return all;
}

// Bytes that tell where they stood.
std::string stretch(std::size_t begin, std::size_t end) {
  std::string text;
  for (auto i = begin; i < end; ++i) text += static_cast<char>(i * 31 + i / 251);
  return text;
}

// Until the sink takes no more: how many bytes that was.
std::size_t stuff(const file_descriptor& sink) {
  const std::string block(4096, 'x');
  std::size_t taken = 0;
  for (ssize_t put = 0; (put = ::write(sink.get(), block.data(), block.size())) > 0;)
    taken += static_cast<std::size_t>(put);
  return taken;
}

TEST(SplicePipe, HoldsWhatItTookUntilItIsDrained) {
  const auto source = make_pipe();
  const auto sink = make_pipe();
  auto pipe = splice_pipe::make().value();
  put(source.write, "0123456789");
  EXPECT_EQ(pipe.fill(source.read.get(), 8).value(), 8U);
  EXPECT_EQ(pipe.held(), 8U);
  EXPECT_EQ(pipe.drain(sink.write.get(), 3).value(), 3U);
  EXPECT_EQ(pipe.held(), 5U);
  EXPECT_EQ(pipe.drain(sink.write.get(), 100).value(), 5U);
  EXPECT_EQ(pipe.held(), 0U);
  EXPECT_EQ(take(sink.read), "01234567");
  EXPECT_EQ(take(source.read), "89") << "no more than was asked for";
}

TEST(SplicePipe, TellsAnEmptySourceFromItsEnd) {
  auto source = make_pipe();
  auto pipe = splice_pipe::make().value();
  for (const bool copying : {false, true}) {
    const auto nothing = pipe.fill(source.read.get(), 100, copying);
    ASSERT_FALSE(nothing);
    EXPECT_EQ(nothing.error(), errc::operation_would_block);
    EXPECT_EQ(pipe.held(), 0U);
  }
  source.write = file_descriptor{};
  EXPECT_EQ(pipe.fill(source.read.get(), 100).value(), 0U);
  EXPECT_EQ(pipe.fill(source.read.get(), 100, true).value(), 0U);
}

TEST(SplicePipe, KeepsWhatAFullSinkDoesNotTake) {
  for (const bool copying : {false, true}) {
    const auto source = make_pipe();
    const auto sink = make_pipe(4096);
    auto pipe = splice_pipe::make().value();
    const auto before = stuff(sink.write);
    put(source.write, "payload");
    ASSERT_EQ(pipe.fill(source.read.get(), 100, copying).value(), 7U);
    const auto refused = pipe.drain(sink.write.get(), 7);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), errc::operation_would_block);
    EXPECT_EQ(pipe.held(), 7U);
    EXPECT_EQ(take(sink.read).size(), before);
    EXPECT_EQ(pipe.drain(sink.write.get(), 7).value(), 7U);
    EXPECT_EQ(take(sink.read), "payload");
  }
}

// Sixteen slots of a 64 KiB pipe are full after sixteen small messages: that is not the end, and nothing is
// lost.
TEST(SplicePipe, TakesADribbleThatFillsItsSlotsBeforeItsBytes) {
  const auto source = make_sockets(SOCK_STREAM);
  const auto sink = make_pipe(1024 * 1024);
  auto pipe = splice_pipe::make(65536).value();
  constexpr std::size_t messages = 60;
  constexpr std::size_t segment = 1448;
  for (std::size_t i = 0; i < messages; ++i) put(source.write, stretch(i * segment, (i + 1) * segment));
  int fills = 0;
  for (std::size_t moved = 0; moved < messages * segment; ++fills) {
    const auto filled = pipe.fill(source.read.get(), pipe.capacity());
    ASSERT_TRUE(filled) << "would block although " << messages * segment - moved << " bytes are there";
    ASSERT_GT(*filled, 0U);
    moved += *filled;
    while (pipe.held() > 0) ASSERT_TRUE(pipe.drain(sink.write.get(), pipe.held()));
  }
  EXPECT_GT(fills, 2) << "this was meant to be a dribble";
  EXPECT_EQ(take(sink.read), stretch(0, messages * segment));
}

TEST(SplicePipe, MovesEveryByteOnceAndInOrder) {
  test::random_source random;
  const auto whole = stretch(0, 400'000);
  for (int round = 0; round < 20; ++round) {
    const auto source = make_pipe(static_cast<int>(random.one_of(std::array{4096, 65536})));
    const auto sink = make_sockets(SOCK_STREAM);
    if (random.one_in(3)) ::fcntl(sink.write.get(), F_SETFL, O_APPEND | O_NONBLOCK);  // cannot be spliced to
    auto pipe = splice_pipe::make(random.one_of(std::array{4096, 65536, 1 << 20})).value();
    std::size_t written = 0;
    std::string arrived;
    while (arrived.size() < whole.size()) {
      const auto next = std::min(whole.size() - written, random.magnitude_between(1, 70'000));
      if (const auto n = ::write(source.write.get(), whole.data() + written, next); n > 0)
        written += static_cast<std::size_t>(n);
      if (pipe.held() == 0)
        (void)pipe.fill(source.read.get(), random.magnitude_between(1, 100'000), random.one_in(4));
      const auto before = pipe.held();
      if (before > 0) {
        const auto wanted = random.between(1, before);
        const auto drained = random.one_in(4) ? pipe.drain_in_records(sink.write.get(), wanted, 1448)
                                              : pipe.drain(sink.write.get(), wanted);
        ASSERT_LE(drained ? *drained : 0, wanted);
        ASSERT_EQ(pipe.held(), before - (drained ? *drained : 0));
      }
      if (!random.one_in(4)) arrived += take(sink.read);
    }
    ASSERT_TRUE(arrived == whole) << "round " << round;
  }
}

TEST(SplicePipe, WritesRecordsThatStayApart) {
  const auto source = make_pipe();
  const auto sink = make_sockets(SOCK_SEQPACKET);
  auto pipe = splice_pipe::make().value();
  put(source.write, stretch(0, 5000));
  ASSERT_EQ(pipe.fill(source.read.get(), 5000).value(), 5000U);
  EXPECT_EQ(pipe.drain_in_records(sink.write.get(), 4000, 1448).value(), 4000U);
  EXPECT_EQ(pipe.held(), 1000U);
  std::array<char, 5000> record{};
  for (const ssize_t size : {1448, 1448, 1104})
    EXPECT_EQ(::read(sink.read.get(), record.data(), record.size()), size);
  EXPECT_EQ(pipe.drain(sink.write.get(), 5000).value(), 1000U);
  EXPECT_EQ(take(sink.read), stretch(4000, 5000)) << "what was read for the records goes first";
}

TEST(SplicePipe, ShowsWhatItCopiedAndOnlyThat) {
  const auto source = make_pipe();
  const auto sink = make_pipe();
  auto pipe = splice_pipe::make().value();
  const auto copied = [&] {
    return std::string{reinterpret_cast<const char*>(pipe.copied().data()), pipe.copied().size()};
  };
  EXPECT_EQ(copied(), "");
  put(source.write, "hidden");
  ASSERT_TRUE(pipe.fill(source.read.get(), 100));
  EXPECT_EQ(copied(), "");
  ASSERT_TRUE(pipe.drain(sink.write.get(), 100));
  put(source.write, "shown");
  ASSERT_TRUE(pipe.fill(source.read.get(), 100, true));
  EXPECT_EQ(copied(), "shown");
  ASSERT_TRUE(pipe.drain(sink.write.get(), 2));
  EXPECT_EQ(copied(), "own");
  ASSERT_TRUE(pipe.drain(sink.write.get(), 100));
  EXPECT_EQ(copied(), "");
  EXPECT_EQ(take(sink.read), "hiddenshown");
}

TEST(SplicePipe, KeepsTheRecordsThatAFullSocketDoesNotTake) {
  const auto source = make_pipe();
  const auto sink = make_sockets(SOCK_STREAM);
  auto pipe = splice_pipe::make().value();
  const auto before = stuff(sink.write);
  put(source.write, "payload");
  ASSERT_EQ(pipe.fill(source.read.get(), 100).value(), 7U);
  const auto refused = pipe.drain_in_records(sink.write.get(), 7, 3);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), errc::operation_would_block);
  EXPECT_EQ(pipe.held(), 7U);
  EXPECT_EQ(take(sink.read).size(), before);
  EXPECT_EQ(pipe.drain_in_records(sink.write.get(), 7, 3).value(), 7U);
  EXPECT_EQ(take(sink.read), "payload");
}

TEST(SplicePipe, ReadsAFileToItsEnd) {
  const file_descriptor file{::memfd_create("source", MFD_CLOEXEC)};
  const auto sink = make_pipe(1024 * 1024);
  auto pipe = splice_pipe::make().value();
  put(file, stretch(0, 300'000));
  ::lseek(file.get(), 0, SEEK_SET);
  while (pipe.fill(file.get(), 100'000).value() > 0) {
    while (pipe.held() > 0) ASSERT_TRUE(pipe.drain(sink.write.get(), pipe.held()));
  }
  EXPECT_EQ(take(sink.read), stretch(0, 300'000));
}

// `>> backup.mbs`: the kernel refuses to splice to a file that is open for appending.
TEST(SplicePipe, AppendsToAFileByCopying) {
  const file_descriptor file{::memfd_create("sink", MFD_CLOEXEC)};
  const auto source = make_pipe();
  auto pipe = splice_pipe::make().value();
  put(file, "was there. ");
  ::fcntl(file.get(), F_SETFL, O_APPEND);
  put(source.write, "and more");
  ASSERT_EQ(pipe.fill(source.read.get(), 100).value(), 8U);
  EXPECT_EQ(pipe.drain(file.get(), 4).value(), 4U);
  EXPECT_EQ(pipe.drain(file.get(), 4).value(), 4U);
  ::lseek(file.get(), 0, SEEK_SET);
  EXPECT_EQ(take(file), "was there. and more");
}

TEST(SplicePipe, ReadsByCopyingWhatCannotBeSpliced) {
  const file_descriptor counter{::eventfd(1234, EFD_NONBLOCK)};
  const auto sink = make_pipe();
  auto pipe = splice_pipe::make().value();
  ASSERT_EQ(pipe.fill(counter.get(), 100).value(), 8U);
  EXPECT_EQ(pipe.drain(sink.write.get(), 100).value(), 8U);
  const std::uint64_t count = 1234;
  EXPECT_EQ(take(sink.read), (std::string{reinterpret_cast<const char*>(&count), sizeof count}));
  EXPECT_EQ(pipe.fill(counter.get(), 100).error(), errc::operation_would_block);
}

TEST(SplicePipe, ReadsAndWritesATerminal) {
  int master = -1;
  int terminal = -1;
  ASSERT_EQ(::openpty(&master, &terminal, nullptr, nullptr, nullptr), 0);
  const file_descriptor far{master};
  const file_descriptor near{terminal};
  termios raw{};
  ::tcgetattr(near.get(), &raw);
  ::cfmakeraw(&raw);
  ::tcsetattr(near.get(), TCSANOW, &raw);
  auto pipe = splice_pipe::make().value();
  put(far, "typed");
  ASSERT_EQ(pipe.fill(near.get(), 100).value(), 5U);
  EXPECT_EQ(pipe.drain(near.get(), 100).value(), 5U);
  std::array<char, 100> shown{};
  EXPECT_EQ(::read(far.get(), shown.data(), shown.size()), 5);
  EXPECT_STREQ(shown.data(), "typed");
}

TEST(SplicePipe, ReportsASinkThatIsGone) {
  ::signal(SIGPIPE, SIG_IGN);
  for (const bool copying : {false, true}) {
    const auto source = make_pipe();
    auto sink = make_sockets(SOCK_STREAM);
    auto pipe = splice_pipe::make().value();
    put(source.write, "lost");
    ASSERT_TRUE(pipe.fill(source.read.get(), 100, copying));
    sink.read = file_descriptor{};
    const auto refused = pipe.drain(sink.write.get(), 100);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), errc::broken_pipe);
    EXPECT_EQ(pipe.held(), 4U);
  }
}

TEST(SplicePipe, ReportsASourceThatCannotBeRead) {
  auto pipe = splice_pipe::make().value();
  EXPECT_EQ(pipe.fill(-1, 100).error(), errc::bad_file_descriptor);
  EXPECT_EQ(pipe.held(), 0U);
}

TEST(SplicePipe, HasTheCapacityThatWasAskedFor) {
  for (const std::size_t capacity : {4096U, 65536U, 1024U * 1024U}) {
    EXPECT_EQ(splice_pipe::make(capacity).value().capacity(), capacity);
  }
}

// Above fs.pipe-max-size, F_SETPIPE_SZ is refused to everybody but root.
TEST(SplicePipe, TakesWhatTheKernelGivesAnOrdinaryUser) {
  std::size_t most = 0;
  std::ifstream{"/proc/sys/fs/pipe-max-size"} >> most;
  test::child_process user{[most] {
    test::become_an_ordinary_user();
    const auto pipe = splice_pipe::make(64 * most).value();
    return pipe.capacity() == most ? 0 : 1;
  }};
  EXPECT_EQ(user.exit_code(), 0);
}

// Beyond fs.pipe-user-pages-soft a user's pipes are tiny and stay so. They work all the same.
TEST(SplicePipe, WorksWithThePageThatIsLeftToAUserOfManyPipes) {
  test::child_process user{[] {
    test::become_an_ordinary_user();
    std::vector<splice_pipe> pipes;
    do {
      auto made = splice_pipe::make();
      if (!made) return made.error() == errc::too_many_files_open ? 0 : 1;  // the other limit came first
      pipes.push_back(std::move(*made));
    } while (pipes.back().capacity() >= 65536);
    const file_descriptor file{::memfd_create("source", MFD_CLOEXEC)};
    const auto text = stretch(0, 50'000);
    if (::write(file.get(), text.data(), text.size()) != 50'000) return 2;
    ::lseek(file.get(), 0, SEEK_SET);
    const file_descriptor sink{::memfd_create("sink", MFD_CLOEXEC)};
    while (pipes.back().fill(file.get(), 30'000).value() > 0) {
      while (pipes.back().held() > 0) (void)pipes.back().drain(sink.get(), pipes.back().held()).value();
    }
    ::lseek(sink.get(), 0, SEEK_SET);
    return take(sink) == text ? 0 : 3;
  }};
  EXPECT_EQ(user.exit_code(), 0);
}

}  // namespace
}  // namespace mgc::shaper
