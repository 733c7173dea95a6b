// Relayed connections over real sockets, against every way in which two peers can end them.
//
// The law: what arrives is a prefix of what was sent, and a clean end arrives if and only if the sender ended
// cleanly and everything arrived before. When neither peer resets, both get everything.

#include "shaper/connection.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <cstring>
#include <numeric>
#include <optional>
#include <thread>

#include "shaper/socket_option.hpp"
#include "tests/unit/random_source.hpp"

namespace mgc::shaper {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int default_runs = 1'000;
#else
constexpr int default_runs = 10'000;
#endif

int runs() {
  const char* const wanted = std::getenv("MGC_TEST_RUNS");
  return wanted != nullptr ? std::atoi(wanted) : default_runs;
}

// What is sent: position decides the byte, so that a shift, a gap and a repetition all show.
const std::vector<unsigned char>& pattern() {
  static const auto bytes = [] {
    std::vector<unsigned char> made(1 << 20);
    std::uint32_t state = 1;
    for (auto& byte : made) byte = static_cast<unsigned char>((state = state * 1664525 + 1013904223) >> 24);
    return made;
  }();
  return bytes;
}

// A connected pair of TCP sockets on loopback; both are non-blocking.
std::pair<file_descriptor, file_descriptor> connected_pair() {
  const file_descriptor listener{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof here;
  auto* const address = reinterpret_cast<sockaddr*>(&here);
  EXPECT_EQ(::bind(listener.get(), address, size), 0);
  EXPECT_EQ(::listen(listener.get(), 1), 0);
  EXPECT_EQ(::getsockname(listener.get(), address, &size), 0);
  file_descriptor one{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  EXPECT_EQ(::connect(one.get(), address, size), 0);
  file_descriptor other{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
  ::fcntl(one.get(), F_SETFL, O_NONBLOCK);
  return {std::move(one), std::move(other)};
}

// One end of a relayed connection, and what it is going to do.
struct peer {
  file_descriptor socket;
  std::size_t to_send = 0;
  std::size_t piece = 1;   // most bytes of one write, and of one read
  bool ends_first = true;  // half-closes when all is sent; otherwise only after it has seen the other's end
  std::optional<std::size_t> reset_after{};  // sent + received bytes

  std::size_t sent = 0;
  std::size_t received = 0;
  bool ended = false;      // half-closed
  bool saw_end = false;    // a clean one
  bool failed = false;     // saw a reset
  bool has_reset = false;  // did one
  bool corrupt = false;

  bool finished() const { return has_reset || failed || (ended && saw_end); }

  short wants() const {
    const bool writes = sent < to_send || (!ended && (ends_first || saw_end));
    return static_cast<short>((saw_end ? 0 : POLLIN) | (writes ? POLLOUT : 0));
  }

  void act(short ready) {
    if (reset_after && sent + received >= *reset_after) return reset();
    if ((ready & (POLLIN | POLLERR | POLLHUP)) != 0 && !saw_end) read();
    if ((ready & POLLOUT) != 0 && !failed) write();
  }

  void reset() {
    (void)set_option(socket.get(), SOL_SOCKET, SO_LINGER, linger{1, 0});
    socket = file_descriptor{};
    has_reset = true;
  }

  void read() {
    std::vector<unsigned char> buffer(piece);
    const auto got = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (got < 0) {
      failed = errno != EAGAIN;
      return;
    }
    saw_end = got == 0;
    const auto count = static_cast<std::size_t>(got);
    corrupt = corrupt || std::memcmp(buffer.data(), pattern().data() + received, count) != 0;
    received += count;
  }

  void write() {
    if (sent < to_send) {
      const auto put =
          ::send(socket.get(), pattern().data() + sent, std::min(piece, to_send - sent), MSG_NOSIGNAL);
      if (put > 0) sent += static_cast<std::size_t>(put);
      failed = put < 0 && errno != EAGAIN;
    } else if (!ended && (ends_first || saw_end)) {
      ended = ::shutdown(socket.get(), SHUT_WR) == 0;
      failed = !ended;
    }
  }
};

// Lets both peers act until both are finished. False: they hang.
bool play(peer& client, peer& server) {
  const auto give_up = clock::now() + 60s;
  while (!client.finished() || !server.finished()) {
    std::array<pollfd, 2> both{};
    std::size_t i = 0;
    for (const auto* const p : {&client, &server})
      both[i++] = {p->finished() ? -1 : p->socket.get(), p->wants(), 0};
    if (clock::now() > give_up || ::poll(both.data(), both.size(), 1000) < 0) return false;
    if (!client.finished() && (both[0].revents != 0 || client.reset_after)) client.act(both[0].revents);
    if (!server.finished() && (both[1].revents != 0 || server.reset_after)) server.act(both[1].revents);
  }
  return true;
}

void check_direction(const peer& from, const peer& to) {
  EXPECT_FALSE(to.corrupt);
  EXPECT_LE(to.received, from.sent);
  if (to.saw_end) {
    EXPECT_TRUE(from.ended);
    EXPECT_EQ(to.received, from.to_send);
  }
}

// Two connections to a connection, which runs in a thread of its own.
class relayed {
 public:
  explicit relayed(rate limit, shaped which = shaped::both,
                   std::size_t pipe_capacity = splice_pipe::wanted_capacity, witness* seen_by = nullptr)
      : seen_by_{seen_by},
        budget_{shared_budget::make_private(limit).value()},
        around_{*budget_, budget{unlimited_}, which, duration{0}, pipe_pool{pipe_capacity}} {
    ::signal(SIGPIPE, SIG_IGN);  // as set_up_process does
    around_.unlimited.set_limit(rate::unlimited(), clock::now());
  }

  // The outer ends: the client's and the server's.
  std::pair<file_descriptor, file_descriptor> start() {
    auto [client, accepted] = connected_pair();
    auto [connecting, server] = connected_pair();
    const auto adopt = [&](file_descriptor fd) {
      connection::socket socket{context_};
      socket.assign(asio::ip::tcp::v4(), ::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
      return socket;
    };
    connection_.emplace(adopt(std::move(accepted)), adopt(std::move(connecting)), around_, "test", 0,
                        seen_by_);
    context_.restart();
    asio::co_spawn(context_, connection_->run(), [this](std::exception_ptr broken, outcome how) {
      EXPECT_FALSE(broken);
      outcome_ = how;
    });
    thread_ = std::thread{[this] {
      context_.run();
      connection_.reset();
    }};
    return {std::move(client), std::move(server)};
  }

  outcome join() {
    thread_.join();
    return outcome_;
  }

  void on_its_thread(std::function<void(connection&)> what) {
    asio::post(context_, [this, what = std::move(what)] { what(*connection_); });
  }

  shared_budget& budget_file() { return *budget_; }
  connection::surroundings& around() { return around_; }

 private:
  witness* seen_by_;
  std::unique_ptr<shared_budget> budget_;
  budget_state unlimited_;
  connection::surroundings around_;
  asio::io_context context_{1};
  std::optional<connection> connection_;
  std::thread thread_;
  outcome outcome_;
};

peer random_peer(test::random_source& random, file_descriptor socket) {
  peer p;
  p.socket = std::move(socket);
  p.to_send = random.one_in(8) ? 0 : random.magnitude_between(1, random.one_in(10) ? 1 << 20 : 1 << 17);
  p.piece = random.magnitude_between(std::max<std::size_t>(1, p.to_send / 2000), 1 << 18);
  if (random.one_in(4)) p.reset_after = random.between(0, p.to_send);
  if (random.one_in(50)) {  // seldom: tiny windows on loopback make the kernel wait for 200 ms at a time
    (void)set_option(p.socket.get(), SOL_SOCKET, SO_RCVBUF, static_cast<int>(random.between(2000, 60'000)));
  }
  if (random.one_in(3)) (void)set_option(p.socket.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  return p;
}

TEST(Connection, DeliversExactlyOrSaysThatItDidNotInThousandsOfRandomRuns) {
  test::random_source seed;
  const std::array limits{rate::unlimited(), rate::unlimited(), rate::bytes_per_second(30 << 20),
                          rate::bytes_per_second(300 << 20), rate::bytes_per_second(900 << 20)};
  const std::array pipes{splice_pipe::wanted_capacity, std::size_t{64 * 1024}, std::size_t{4096}};
  for (int number = 0; number < runs() && !testing::Test::HasFailure(); ++number) {
    auto random = seed.round(static_cast<std::uint64_t>(number));
    SCOPED_TRACE("run " + std::to_string(number));
    relayed middle{random.one_of(limits), random.one_of(std::array{shaped::both, shaped::up, shaped::down}),
                   random.one_of(pipes)};
    auto [client_end, server_end] = middle.start();
    auto client = random_peer(random, std::move(client_end));
    auto server = random_peer(random, std::move(server_end));
    client.ends_first = random.one_in(2);
    server.ends_first = !client.ends_first || random.one_in(2);  // one of them has to
    ASSERT_TRUE(play(client, server)) << "client " << client.sent << "/" << client.received << ", server "
                                      << server.sent << "/" << server.received;
    const auto ended = middle.join();
    check_direction(client, server);
    check_direction(server, client);
    const bool peaceful = !client.has_reset && !server.has_reset;
    if (peaceful) {
      EXPECT_TRUE(client.saw_end && server.saw_end);
      EXPECT_TRUE(ended.complete()) << ended.why.message();
    } else if (ended.complete()) {
      EXPECT_TRUE(client.has_reset || client.saw_end);
      EXPECT_TRUE(server.has_reset || server.saw_end);
    }
  }
}

TEST(Connection, SegmentsThatFillASmallPipeBySlotsDoNotStopIt) {
  relayed middle{rate::unlimited(), shaped::both, 4096};
  auto [client_end, server_end] = middle.start();
  peer client{std::move(client_end), 300'000, 1448};
  peer server{std::move(server_end), 0, 1 << 16};
  (void)set_option(client.socket.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  ASSERT_TRUE(play(client, server));
  EXPECT_EQ(server.received, 300'000U);
  EXPECT_TRUE(middle.join().complete());
}

TEST(Connection, ASinkThatStopsReadingForLongLosesNothing) {
  relayed middle{rate::unlimited()};
  auto [client_end, server_end] = middle.start();
  (void)set_option(server_end.get(), SOL_SOCKET, SO_RCVBUF, 64 * 1024);
  peer client{std::move(client_end), 1 << 20, 1 << 16};
  peer server{std::move(server_end), 0, 1 << 16};
  const auto silent_until = clock::now() + 3s;
  while (clock::now() < silent_until) {
    pollfd one{client.socket.get(), POLLOUT, 0};
    ::poll(&one, 1, 100);
    client.act(one.revents);
  }
  ASSERT_TRUE(play(client, server));
  EXPECT_EQ(server.received, std::size_t{1} << 20);
  EXPECT_TRUE(server.saw_end);
  EXPECT_TRUE(middle.join().complete());
}

// The server has ended and then resets; nobody reads from it any more, and the client is silent.
TEST(Connection, AResetIsNoticedWhileTheOtherEndIsSilent) {
  relayed middle{rate::unlimited()};
  auto [client, server] = middle.start();
  ASSERT_EQ(::shutdown(server.get(), SHUT_WR), 0);
  pollfd one{client.get(), POLLIN, 0};
  ASSERT_EQ(::poll(&one, 1, 10'000), 1);
  char byte = 0;
  ASSERT_EQ(::recv(client.get(), &byte, 1, 0), 0);
  (void)set_option(server.get(), SOL_SOCKET, SO_LINGER, linger{1, 0});
  server = file_descriptor{};
  EXPECT_EQ(middle.join().why, boost::system::errc::connection_reset);
  EXPECT_EQ(::recv(client.get(), &byte, 1, 0), 0) << "the end had already come";
}

TEST(Connection, CuttingItResetsBothEnds) {
  relayed middle{rate::kilobytes_per_second(100)};
  auto [client_end, server_end] = middle.start();
  peer client{std::move(client_end), 1 << 20, 1 << 16};
  peer server{std::move(server_end), 0, 1 << 16};
  server.ends_first = false;
  middle.on_its_thread([](connection& c) { c.cut(); });
  ASSERT_TRUE(play(client, server));
  EXPECT_TRUE(client.failed);
  EXPECT_TRUE(server.failed);
  EXPECT_EQ(middle.join().why, error::transfer_cancelled);
}

// Sees the first bytes of a stream of `pattern` and of every 100,000 after them; the rest may pass unseen.
class header_reader final : public stream_observer {
 public:
  void observe(std::span<const std::byte> bytes) override {
    corrupt = corrupt || std::memcmp(bytes.data(), pattern().data() + position, bytes.size()) != 0;
    seen += bytes.size();
    position += bytes.size();
  }
  std::uint64_t skippable() const override {
    const auto in_block = position % block;
    return in_block < header ? 0 : block - in_block;
  }
  std::size_t wanted() const override { return skippable() > 0 ? 0 : header - position % block; }
  void skip(std::uint64_t bytes) override {
    too_many = too_many || bytes > skippable();
    position += bytes;
  }

  static constexpr std::size_t header = 24;
  std::size_t block = 100'000;
  std::size_t position = 0;
  std::size_t seen = 0;
  bool corrupt = false;
  bool too_many = false;
};

struct two_readers final : witness {
  stream_observer* up() override { return &from_client; }
  stream_observer* down() override { return &from_server; }
  void refused(error_code) override {}
  void connected() override {}
  void ended(const outcome&, std::uint64_t, duration) override {}
  header_reader from_client;
  header_reader from_server;
};

TEST(Connection, ItsWitnessSeesEveryHeaderAndSkipsWhatWasSpliced) {
  test::random_source random;
  for (const auto limit :
       {rate::unlimited(), rate::bytes_per_second(30 << 20), rate::bytes_per_second(300 << 20)}) {
    two_readers seen_by;
    seen_by.from_server.block = random.between(header_reader::header + 1, 400'000);
    relayed middle{limit, shaped::both, splice_pipe::wanted_capacity, &seen_by};
    auto [client_end, server_end] = middle.start();
    peer client{std::move(client_end), 1 << 20, 1 << 16};
    peer server{std::move(server_end), 1 << 20, random.between(1000, 1 << 16)};
    ASSERT_TRUE(play(client, server));
    EXPECT_TRUE(middle.join().complete());
    check_direction(client, server);
    check_direction(server, client);
    for (const auto* const reader : {&seen_by.from_client, &seen_by.from_server}) {
      EXPECT_EQ(reader->position, std::size_t{1} << 20);
      EXPECT_FALSE(reader->corrupt || reader->too_many);
      EXPECT_GE(reader->seen, header_reader::header);
    }
  }
}

TEST(Connection, LongPiecesThatNobodyWantsToSeeAreNotCopied) {
  two_readers seen_by;
  seen_by.from_client.block = 1 << 20;
  seen_by.from_client.position = header_reader::header;  // no header is to come
  relayed middle{rate::unlimited(), shaped::both, splice_pipe::wanted_capacity, &seen_by};
  auto [client_end, server_end] = middle.start();
  peer client{std::move(client_end), 900'000, 1 << 16};
  peer server{std::move(server_end), 0, 1 << 16};
  ASSERT_TRUE(play(client, server));
  EXPECT_TRUE(middle.join().complete());
  EXPECT_EQ(seen_by.from_client.position, 900'000 + header_reader::header);
  EXPECT_EQ(seen_by.from_client.seen, 0U);
}

TEST(Connection, SaysWhatKindOfTransferItIs) {
  relayed middle{rate::unlimited()};
  middle.around().kind_up = "IST in";
  auto [client_end, server_end] = middle.start();
  const auto transfers = middle.budget_file().transfers();
  ASSERT_EQ(transfers.size(), 2U);
  EXPECT_EQ(transfers[0].identity.kind, "IST in");
  EXPECT_EQ(transfers[1].identity.kind, "relay down");
  client_end = file_descriptor{};
  server_end = file_descriptor{};
  middle.join();
}

TEST(Connection, AWaitEndsWhenTheLimitIsRaised) {
  relayed middle{rate::paused()};
  auto [client_end, server_end] = middle.start();
  peer client{std::move(client_end), 1 << 20, 1 << 16};
  peer server{std::move(server_end), 0, 1 << 16};
  client.act(POLLOUT);
  while (middle.budget_file().transfers().at(0).figures.waited[static_cast<std::size_t>(holder::pause)] ==
         0s) {
    std::this_thread::yield();
  }
  middle.on_its_thread([&](connection& c) {
    ASSERT_FALSE(middle.budget_file().set_limit(rate::unlimited()));
    c.limit_changed();
  });
  ASSERT_TRUE(play(client, server));
  EXPECT_EQ(server.received, std::size_t{1} << 20);
  EXPECT_TRUE(middle.join().complete());
}

}  // namespace
}  // namespace mgc::shaper
