// Streams over real links. The law: what arrives is what was sent, as much as was counted; whatever happens in between,
// the receiver calls a part of it complete never.

#include "proxy/stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include <csignal>
#include <cstdio>
#include <future>
#include <thread>

#include "proxy/xbstream.hpp"
#include "tests/integration/proxy/connected.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/unit/random_source.hpp"

namespace mgc::proxy {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using test::put;
using test::take;
using testing::HasSubstr;

const transfer_token token{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

// As in a transfer's process, a write to somebody who has gone is an error and no signal.
const auto no_sigpipe = std::signal(SIGPIPE, SIG_IGN);

struct links {
  std::unique_ptr<link> donor;
  std::unique_ptr<link> joiner;
};

links make_links(tls_choice tls = tls_choice::off) {
  sst_settings settings;
  settings.tls = tls;
  settings.cluster_secret = "one secret";
  auto [one, other] = test::connected_sockets();
  const auto deadline = clock::now() + 20s;
  auto joiner = std::async(std::launch::async, [&, socket = std::move(other)]() mutable {
    return link::as_joiner(std::move(socket), {token, make_tls_context(settings, token, sst_role::joiner)},
                           deadline);
  });
  auto donor = link::as_donor(std::move(one), {token, make_tls_context(settings, token, sst_role::donor)},
                              wire::role::control, deadline);
  auto joined = joiner.get();
  return {std::move(*donor), std::move(*joined)};
}

// Compressible to a varying degree, and different at each place.
std::string some_data(test::random_source& random, std::size_t size) {
  std::string data(size, '\0');
  const auto letters = random.magnitude_between(1, 255);
  for (auto& byte : data) byte = static_cast<char>(random.between(0, letters));
  return data;
}

struct sending {
  std::function<bool()> compresses = {};
  shaper::stream_observer* observer = nullptr;
  std::function<void(std::uint64_t)> moved = {};
  bool from_socket = false;   // else a pipe
  bool through_pipe = false;  // between sender and link, as for a mover
};

struct transferred {
  stream_end sent;
  stream_end received;
  std::string data;
};

transferred transfer(links& over, const std::string& data, const sending& how, std::size_t slice) {
  auto source = how.from_socket ? test::pipe_ends{} : test::make_pipe();
  if (how.from_socket) std::tie(source.read, source.write) = test::connected_sockets();
  auto sink = test::make_pipe();
  auto middle = test::make_pipe();
  transferred outcome;
  std::thread producer{[&, to = std::move(source.write)] {
    for (std::size_t at = 0; at < data.size(); at += slice)
      put(to.get(), std::string_view{data}.substr(at, slice));
  }};
  std::thread mover{[&] {
    std::array<char, 10'000> piece{};
    for (ssize_t got = 0; (got = ::read(middle.read.get(), piece.data(), piece.size())) > 0;)
      put(over.donor->socket(), {piece.data(), static_cast<std::size_t>(got)});
  }};
  std::thread sender{[&, direct = how.through_pipe ? test::file_descriptor{} : std::move(middle.write),
                      by_pipe = how.through_pipe ? std::move(middle.write) : test::file_descriptor{}] {
    const int to = how.through_pipe ? by_pipe.get() : over.donor->socket();
    outcome.sent = send_stream(*over.donor,
                               {.from = source.read.get(),
                                .compresses = how.compresses,
                                .observer = how.observer,
                                .moved = how.moved},
                               to);
    (void)write_fully(
        to, over.donor->seal(wire::encode_frame(wire::frame::end, wire::encode_count(outcome.sent.bytes))));
  }};
  std::thread receiver{
      [&, to = std::move(sink.write)] { outcome.received = receive_stream(*over.joiner, {.to = to.get()}); }};
  outcome.data = take(sink.read.get());
  for (auto* const thread : {&producer, &sender, &mover, &receiver}) thread->join();
  return outcome;
}

void expect_whole(const transferred& outcome, const std::string& data) {
  EXPECT_TRUE(outcome.sent.complete()) << outcome.sent.why;
  EXPECT_TRUE(outcome.received.complete()) << outcome.received.why;
  EXPECT_EQ(outcome.sent.bytes, data.size());
  EXPECT_EQ(outcome.received.bytes, data.size());
  EXPECT_TRUE(outcome.data == data) << outcome.data.size() << " of " << data.size() << " bytes";
}

class AnyStream : public testing::TestWithParam<std::tuple<tls_choice, const char*>> {};

TEST_P(AnyStream, ArrivesWhole) {
  const auto [tls, compression] = GetParam();
  test::random_source seed;
  for (std::uint64_t round = 0; round < 12; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    auto random = seed.round(round);
    auto flips = seed.round(round + 1000);
    const std::string kind{compression};
    sending how{.from_socket = random.one_in(3), .through_pipe = random.one_in(2)};
    if (kind == "zstd") how.compresses = [] { return true; };
    if (kind == "mixed") how.compresses = [&] { return flips.one_in(2); };
    if (how.from_socket) how.through_pipe = true;  // the kernel splices to or from a pipe
    const auto data = some_data(random, round == 0 ? 0 : random.magnitude_between(1, 4 << 20));
    auto over = make_links(tls);
    expect_whole(transfer(over, data, how, random.magnitude_between(100, 1 << 20)), data);
  }
}

INSTANTIATE_TEST_SUITE_P(Stream, AnyStream,
                         testing::Combine(testing::Values(tls_choice::off, tls_choice::psk),
                                          testing::Values("plain", "zstd", "mixed")),
                         [](const auto& p) {
                           return std::string{std::get<0>(p.param) == tls_choice::off ? "Clear" : "Tls"} +
                                  "_" + std::get<1>(p.param);
                         });

// As rsync's channels do: each end receives in one thread while it sends in another.
TEST(Stream, GoesBothWaysAtOnce) {
  test::random_source random;
  for (const auto tls : {tls_choice::off, tls_choice::psk}) {
    auto over = make_links(tls);
    const auto there = some_data(random, 3 << 20);
    const auto back = some_data(random, 2 << 20);
    std::vector<std::thread> threads;
    const auto start = [&](link& from, link& to, const std::string& data, stream_end& received,
                           std::string& got) {
      threads.emplace_back([&] {
        auto source = test::make_pipe();
        std::thread producer{[&, write = std::move(source.write)] { put(write.get(), data); }};
        const auto sent = send_stream(
            from, {.from = source.read.get(), .compresses = [&] { return &data == &back; }}, from.socket());
        EXPECT_FALSE(write_fully(
            from.socket(), from.seal(wire::encode_frame(wire::frame::end, wire::encode_count(sent.bytes)))));
        producer.join();
      });
      threads.emplace_back([&] {
        auto sink = test::make_pipe();
        std::thread consumer{[&] { got = take(sink.read.get()); }};
        received = receive_stream(to, {.to = sink.write.get()});
        sink.write = test::file_descriptor{};
        consumer.join();
      });
    };
    stream_end at_joiner;
    stream_end at_donor;
    std::string got_there;
    std::string got_back;
    start(*over.donor, *over.joiner, there, at_joiner, got_there);
    start(*over.joiner, *over.donor, back, at_donor, got_back);
    for (auto& thread : threads) thread.join();
    EXPECT_TRUE(at_joiner.complete()) << at_joiner.why;
    EXPECT_TRUE(at_donor.complete()) << at_donor.why;
    EXPECT_TRUE(got_there == there);
    EXPECT_TRUE(got_back == back);
  }
}

TEST(Stream, CompressionMakesItSmaller) {
  auto over = make_links();
  const std::string data(4 << 20, 'x');
  auto source = test::make_pipe();
  auto sink = test::make_pipe();
  std::thread producer{[&, to = std::move(source.write)] { put(to.get(), data); }};
  std::thread sender{[&, to = std::move(sink.write)] {
    (void)send_stream(*over.donor, {.from = source.read.get(), .compresses = [] { return true; }}, to.get());
  }};
  EXPECT_LT(take(sink.read.get()).size(), data.size() / 100);
  producer.join();
  sender.join();
}

TEST(Stream, TellsHowFarItIs) {
  auto over = make_links();
  std::vector<std::uint64_t> told;
  const std::string data(500'000, 'x');
  expect_whole(transfer(over, data, {.moved = [&](std::uint64_t bytes) { told.push_back(bytes); }}, 10'000),
               data);
  ASSERT_FALSE(told.empty());
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  EXPECT_EQ(told.back(), data.size());
}

// What mbstream itself writes for some files.
std::string stream_of_mbstream(test::random_source& random, std::size_t files) {
  const test::temporary_folder folder;
  std::string words = "cd '" + folder.path() + "' && mbstream -c";
  for (std::size_t i = 0; i < files; ++i) {
    const auto name = "file" + std::to_string(i) + ".ibd";
    folder.write(name, some_data(random, i == 0 ? 0 : random.magnitude_between(1, 3 << 20)));
    words += ' ' + name;
  }
  const std::unique_ptr<std::FILE, decltype(&::pclose)> pipe{::popen(words.c_str(), "r"), ::pclose};
  return take(::fileno(pipe.get()));
}

TEST(Stream, IsFollowedByAnObserver) {
  test::random_source seed;
  for (std::uint64_t round = 0; round < 6; ++round) {
    auto random = seed.round(round);
    const auto data = stream_of_mbstream(random, 5);
    ASSERT_GT(data.size(), 100) << "mbstream; see tests/packages.txt";
    xbstream_observer observer;
    sending how{.observer = &observer};
    if (round % 3 == 1) how.compresses = [&] { return random.one_in(2); };
    auto over = make_links(round % 2 == 0 ? tls_choice::off : tls_choice::psk);
    expect_whole(transfer(over, data, how, 100'000), data);
    EXPECT_EQ(observer.if_ended_now(), xbstream_observer::ending::clean);
    EXPECT_EQ(observer.files_ended(), 5);
    EXPECT_EQ(observer.bytes(), data.size());
  }
}

// --- what a hostile or dying sender makes of it

struct outcome {
  stream_end end;
  std::string data;
  std::vector<std::string> stages;
};

enum class then { closes, resets };

// What the joiner makes of these bytes behind the handshake.
outcome receive(std::string_view bytes, then what = then::closes, tls_choice tls = tls_choice::off) {
  auto over = make_links(tls);
  auto sink = test::make_pipe();
  outcome got;
  std::thread receiver{[&, to = std::move(sink.write)] {
    got.end = receive_stream(*over.joiner, {.to = to.get(), .on_stage = [&](const std::string& stage) {
                                              got.stages.push_back(stage);
                                            }});
  }};
  std::thread sender{[&] {
    if (what == then::closes) over.donor->complete();
    put(over.donor->socket(), bytes);
    over.donor.reset();
  }};
  got.data = take(sink.read.get());
  sender.join();
  receiver.join();
  return got;
}

std::string data_frame(std::string_view data) { return wire::encode_frame(wire::frame::data, data); }
std::string end_frame(std::uint64_t bytes) {
  return wire::encode_frame(wire::frame::end, wire::encode_count(bytes));
}

class zstd_stream {
 public:
  std::string frame(std::string_view data) {
    std::string packed(ZSTD_compressBound(data.size()) + 1024, '\0');
    ZSTD_inBuffer in{data.data(), data.size(), 0};
    ZSTD_outBuffer out{packed.data(), packed.size(), 0};
    EXPECT_EQ(ZSTD_compressStream2(context_.get(), &out, &in, ZSTD_e_flush), 0);
    packed.resize(out.pos);
    return wire::encode_frame(wire::frame::compressed, packed);
  }
  void set_window(int log) { ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_windowLog, log); }

 private:
  std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context_{ZSTD_createCCtx(), ZSTD_freeCCtx};
};

TEST(ReceiveStream, TakesAWholeStream) {
  zstd_stream zstd;
  auto wire = data_frame("one ") + zstd.frame("two ");
  wire += data_frame("three ") + zstd.frame("four");
  const auto got = receive(wire + end_frame(18));
  EXPECT_TRUE(got.end.complete()) << got.end.why;
  EXPECT_EQ(got.data, "one two three four");
}

TEST(ReceiveStream, CutAnywhereIsNeverComplete) {
  zstd_stream zstd;
  const auto whole = data_frame("some data") + zstd.frame("packed data") + end_frame(20);
  for (const auto how : {then::closes, then::resets}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const auto got = receive(std::string_view{whole}.substr(0, size), how);
      EXPECT_FALSE(got.end.complete()) << size;
      EXPECT_FALSE(got.end.why.empty());
      EXPECT_THAT("some datapacked data", testing::StartsWith(got.data));
    }
  }
}

TEST(ReceiveStream, SenderThatDiesIsNeverTakenForComplete) {
  test::random_source seed;
  for (std::uint64_t round = 0; round < 40; ++round) {
    auto random = seed.round(round);
    auto over = make_links(random.one_in(2) ? tls_choice::off : tls_choice::psk);
    auto source = test::make_pipe();
    auto middle = test::make_pipe();
    auto sink = test::make_pipe();
    const auto data = some_data(random, random.magnitude_between(1, 2 << 20));
    const bool compresses = random.one_in(2);
    std::thread producer{[&, to = std::move(source.write)] { put(to.get(), data); }};
    std::thread sender{[&, to = std::move(middle.write)] {
      const auto sent = send_stream(
          *over.donor, {.from = source.read.get(), .compresses = [&] { return compresses; }}, to.get());
      (void)write_fully(to.get(), over.donor->seal(end_frame(sent.bytes)));
    }};
    stream_end received;
    std::thread receiver{
        [&, to = std::move(sink.write)] { received = receive_stream(*over.joiner, {.to = to.get()}); }};
    std::string got;
    std::thread consumer{[&] { got = take(sink.read.get()); }};
    const auto wire = take(middle.read.get());
    put(over.donor->socket(), std::string_view{wire}.substr(0, random.between(0, wire.size() - 1)));
    ::shutdown(over.donor->socket(), SHUT_WR);
    for (auto* const thread : {&producer, &sender, &receiver, &consumer}) thread->join();
    EXPECT_FALSE(received.complete()) << round;
    EXPECT_TRUE(data.compare(0, got.size(), got) == 0);
  }
}

TEST(ReceiveStream, WrongCountIsAFailure) {
  for (const std::uint64_t count :
       {std::uint64_t{0}, std::uint64_t{3}, std::uint64_t{5}, ~std::uint64_t{0}}) {
    const auto got = receive(data_frame("four") + end_frame(count));
    EXPECT_EQ(got.end.code, EPROTO);
    EXPECT_THAT(got.end.why, HasSubstr(std::to_string(count) + " bytes were sent and 4 received"));
  }
  EXPECT_TRUE(receive(data_frame("four") + end_frame(4)).end.complete());
}

TEST(ReceiveStream, EndOfAnotherSizeIsAFailure) {
  EXPECT_FALSE(receive(wire::encode_frame(wire::frame::end, "")).end.complete());
  EXPECT_FALSE(receive(wire::encode_frame(wire::frame::end, std::string(9, '\0'))).end.complete());
}

TEST(ReceiveStream, PassesOnWhyThePeerGaveUp) {
  const wire::failure_report report{ENOSPC, "no space left on\nthe joiner\x1b[2J"};
  const auto got = receive(data_frame("some") + wire::encode_frame(wire::frame::failure, report.encode()));
  EXPECT_EQ(got.end.code, ENOSPC);
  EXPECT_EQ(got.end.why, "the other node gave up: no space left on\\x0athe joiner\\x1b[2J");
  EXPECT_EQ(got.data, "some");
}

TEST(ReceiveStream, FailureIsNeverTakenForSuccessWhateverItsCode) {
  for (const int code : {0, -1, 124, 100'000}) {
    const auto got =
        receive(wire::encode_frame(wire::frame::failure, wire::failure_report{code, "why"}.encode()));
    EXPECT_EQ(got.end.code, EPIPE) << code;
  }
}

TEST(ReceiveStream, SkipsWhatItDoesNotKnow) {
  for (const int type : {0, 8, 200}) {
    const auto got =
        receive(wire::encode_frame(static_cast<wire::frame>(type), std::string(16 * 1024, '?')) +
                data_frame("data") + wire::encode_frame(static_cast<wire::frame>(type), "") + end_frame(4));
    EXPECT_TRUE(got.end.complete()) << got.end.why;
    EXPECT_EQ(got.data, "data");
  }
}

TEST(ReceiveStream, RefusesWhatIsTooLarge) {
  for (const auto& header :
       {wire::frame_header{static_cast<wire::frame>(9), 16 * 1024 + 1},
        wire::frame_header{wire::frame::data, wire::most_data + 1},
        wire::frame_header{wire::frame::compressed, 0xffffffff}, wire::frame_header{wire::frame::stage, 256},
        wire::frame_header{wire::frame::data, 0}}) {
    const auto bytes = header.encode();
    const auto got = receive(std::string{bytes.data(), bytes.size()} + std::string(100'000, 'x'));
    EXPECT_EQ(got.end.code, EPROTO);
    EXPECT_THAT(got.end.why, HasSubstr(error_code{error::wire_malformed}.message()));
    EXPECT_EQ(got.data, "");
  }
}

TEST(ReceiveStream, TellsStagesFitForALog) {
  const auto got = receive(wire::encode_frame(wire::frame::stage, "a\nb") +
                           wire::encode_frame(wire::frame::stage, std::string(200, 'x')) + end_frame(0));
  EXPECT_TRUE(got.end.complete());
  EXPECT_THAT(got.stages, testing::ElementsAre("a\\x0ab", std::string(79, 'x') + "..."));
}

TEST(ReceiveStream, RefusesDamagedCompression) {
  test::random_source random;
  zstd_stream zstd;
  auto frame = zstd.frame("data that was packed, and then damaged on the way");
  frame.replace(wire::frame_header::size, 4, "oops");  // zstd's magic number
  const auto got = receive(frame + end_frame(50));
  EXPECT_EQ(got.end.code, EPROTO);
  EXPECT_THAT(got.end.why, HasSubstr("zstd"));
  for (int round = 0; round < 50; ++round) {
    std::string noise(random.between(1, 2000), '\0');
    for (auto& byte : noise) byte = static_cast<char>(random.between(0, 255));
    noise.replace(0, std::min<std::size_t>(4, noise.size()), "\x28\xb5\x2f\xfd");
    EXPECT_FALSE(receive(wire::encode_frame(wire::frame::compressed, noise) + end_frame(1)).end.complete());
  }
}

TEST(ReceiveStream, RefusesAWindowThatWouldTakeMuchMemory) {
  zstd_stream greedy;
  greedy.set_window(27);
  const auto got = receive(greedy.frame(std::string(1 << 20, 'x')) + end_frame(1 << 20));
  EXPECT_EQ(got.end.code, EPROTO);
  zstd_stream modest;
  modest.set_window(23);
  EXPECT_TRUE(receive(modest.frame(std::string(1 << 20, 'x')) + end_frame(1 << 20)).end.complete());
}

// A megabyte of frame that unpacks to much more goes to the sink piece by piece.
TEST(ReceiveStream, UnpacksWhatExpandsEnormously) {
  zstd_stream zstd;
  const auto got = receive(zstd.frame(std::string(64 << 20, 'x')) + end_frame(64 << 20));
  EXPECT_TRUE(got.end.complete()) << got.end.why;
  EXPECT_EQ(got.data.size(), 64 << 20);
}

TEST(ReceiveStream, DamagedTlsRecordIsAFailure) {
  auto over = make_links(tls_choice::psk);
  auto sink = test::make_pipe();
  auto sealed = over.donor->seal(data_frame("data")) + over.donor->seal(end_frame(4));
  sealed[sealed.size() / 4] ^= 1;
  put(over.donor->socket(), sealed);
  const auto end = receive_stream(*over.joiner, {.to = sink.write.get()});
  EXPECT_FALSE(end.complete());
}

TEST(ReceiveStream, SaysThatItsSinkHasGone) {
  for (const auto tls : {tls_choice::off, tls_choice::psk}) {
    auto over = make_links(tls);
    auto sink = test::make_pipe();
    sink.read = test::file_descriptor{};
    ASSERT_FALSE(over.donor->send(data_frame("data")));
    const auto end = receive_stream(*over.joiner, {.to = sink.write.get()});
    EXPECT_EQ(end.code, EPIPE);
    EXPECT_THAT(end.why, HasSubstr("handing the data on"));
  }
}

TEST(SendStream, SaysThatThePeerHasGone) {
  for (const bool compresses : {false, true}) {
    auto over = make_links();
    over.joiner.reset();
    auto source = test::make_pipe();
    std::thread producer{[&] { put(source.write.get(), std::string(8 << 20, 'x')); }};
    const auto sent =
        send_stream(*over.donor, {.from = source.read.get(), .compresses = [&] { return compresses; }},
                    over.donor->socket());
    EXPECT_FALSE(sent.complete());
    EXPECT_THAT(sent.why, HasSubstr("sending the data"));
    source.read = test::file_descriptor{};
    producer.join();
  }
}

// A source that breaks off is no source that ended.
TEST(SendStream, ResetSourceIsAFailure) {
  auto over = make_links();
  auto sink = test::make_pipe();
  auto [from, to] = test::connected_sockets();
  test::reset(to);
  const auto sent = send_stream(*over.donor, {.from = from.get()}, sink.write.get());
  EXPECT_FALSE(sent.complete());
}

TEST(ExpectFrame, WaitsForItsFrame) {
  const auto expect = [](const std::string& bytes, wire::frame type) {
    auto over = make_links();
    over.donor->complete();
    put(over.donor->socket(), bytes);
    over.donor.reset();
    return expect_frame(*over.joiner, type);
  };
  const auto acknowledged = wire::encode_frame(wire::frame::acknowledgement, wire::encode_count(7));
  const auto stage = wire::encode_frame(wire::frame::stage, "copying");
  for (const int unknown : {0, 8, 255}) {
    const auto skipped = wire::encode_frame(static_cast<wire::frame>(unknown), "new");
    const auto payload = expect(skipped + stage + acknowledged, wire::frame::acknowledgement);
    ASSERT_TRUE(payload) << unknown << payload.error().why;
    EXPECT_EQ(*payload, wire::encode_count(7));
  }
  EXPECT_THAT(expect(wire::encode_frame(wire::frame::failure, wire::failure_report{5, "broken"}.encode()),
                     wire::frame::end)
                  .error()
                  .why,
              HasSubstr("the other node gave up: broken"));
  EXPECT_FALSE(expect(wire::encode_frame(wire::frame::failure, ""), wire::frame::end).error().complete());
  EXPECT_EQ(expect(data_frame("x") + acknowledged, wire::frame::acknowledgement).error().code, EPROTO);
  EXPECT_FALSE(expect(stage, wire::frame::end).error().complete());
  EXPECT_FALSE(expect("", wire::frame::end).error().complete());
}

}  // namespace
}  // namespace mgc::proxy
