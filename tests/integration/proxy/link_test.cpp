// The handshake of WIRE.md over real sockets: who is let in, and how whoever is not fails.

#include "proxy/link.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "tests/certificates.hpp"
#include "tests/integration/proxy/connected.hpp"
#include "tests/unit/random_source.hpp"

namespace mgc::proxy {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using outcome = boost::system::result<std::unique_ptr<link>, link::failure>;
using test::put;
using test::take;
namespace errc = boost::system::errc;

const transfer_token token{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
const transfer_token other_token{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17};

sst_settings encrypted(const std::string& secret = "one secret") {
  sst_settings settings;
  settings.tls = tls_choice::psk;
  settings.cluster_secret = secret;
  return settings;
}

link::keys keys_of(const sst_settings& settings, sst_role role, const transfer_token& known = token) {
  return {known, make_tls_context(settings, known, role)};
}

struct both_ends {
  outcome donor;
  outcome joiner;
};

both_ends shake_hands(const link::keys& of_donor, const link::keys& of_joiner,
                      wire::role role = wire::role::control) {
  auto [one, other] = test::connected_sockets();
  const auto deadline = clock::now() + 20s;
  auto joiner = std::async(std::launch::async, [&, socket = std::move(other)]() mutable {
    return link::as_joiner(std::move(socket), of_joiner, deadline);
  });
  auto donor = link::as_donor(std::move(one), of_donor, role, deadline);
  return {std::move(donor), joiner.get()};
}

both_ends shake_hands(const sst_settings& of_donor, const sst_settings& of_joiner) {
  return shake_hands(keys_of(of_donor, sst_role::donor), keys_of(of_joiner, sst_role::joiner));
}

// Whatever one end sends arrives at the other.
void expect_to_work(both_ends& ends) {
  ASSERT_TRUE(ends.donor) << ends.donor.error().why.message() << ends.donor.error().more;
  ASSERT_TRUE(ends.joiner) << ends.joiner.error().why.message() << ends.joiner.error().more;
  for (auto [from, to] : {std::pair{&*ends.donor, &*ends.joiner}, std::pair{&*ends.joiner, &*ends.donor}}) {
    ASSERT_FALSE((*from)->send(wire::encode_frame(wire::frame::stage, "copying")));
    const auto header = (*to)->receive_header();
    ASSERT_TRUE(header);
    EXPECT_EQ(header->type, wire::frame::stage);
    EXPECT_EQ((*to)->receive_payload(header->length).value(), "copying");
  }
}

error_code why(const outcome& of) { return of ? error_code{} : of.error().why; }

TEST(Link, WorksWithoutEncryption) {
  auto ends = shake_hands({}, sst_settings{});
  expect_to_work(ends);
  if (HasFatalFailure()) return;
  EXPECT_TRUE((*ends.donor)->is_plain());
  EXPECT_TRUE((*ends.joiner)->is_plain());
}

TEST(Link, WorksWithASecret) {
  auto ends = shake_hands(encrypted(), encrypted());
  expect_to_work(ends);
  if (HasFatalFailure()) return;
  EXPECT_FALSE((*ends.donor)->is_plain());
  EXPECT_FALSE((*ends.joiner)->is_plain());
}

struct LinkWithCertificates : testing::Test {
  sst_settings with(const test::authority::files& files, const std::string& ca) const {
    sst_settings settings;
    settings.tls = tls_choice::certificates;
    settings.tls_ca = ca;
    settings.tls_cert = files.certificate;
    settings.tls_key = files.key;
    return settings;
  }
  test::temporary_folder folder;
  test::authority::files donor_files = test::authority{"one"}.issue(folder, "donor");
  test::authority::files joiner_files = test::authority{"other"}.issue(folder, "joiner");
};

TEST_F(LinkWithCertificates, WorkWhereEachTrustsTheOther) {
  auto ends = shake_hands(with(donor_files, joiner_files.ca), with(joiner_files, donor_files.ca));
  expect_to_work(ends);
}

TEST_F(LinkWithCertificates, RefuseAForeignJoiner) {
  const auto ends = shake_hands(with(donor_files, donor_files.ca), with(joiner_files, donor_files.ca));
  EXPECT_EQ(why(ends.donor), error::wire_no_tls);
  EXPECT_THAT(ends.donor.error().more, testing::HasSubstr("verify"));
  EXPECT_FALSE(ends.joiner);
}

TEST_F(LinkWithCertificates, RefuseAForeignDonor) {
  const auto ends = shake_hands(with(donor_files, joiner_files.ca), with(joiner_files, joiner_files.ca));
  EXPECT_FALSE(ends.donor);
  EXPECT_EQ(why(ends.joiner), error::wire_no_tls);
  EXPECT_THAT(ends.joiner.error().more, testing::HasSubstr("verify"));
}

TEST(Link, TellsTheJoinerWhatItIsFor) {
  for (const auto role : {wire::role::control, wire::role::channel}) {
    const auto ends = shake_hands({token, nullptr}, {token, nullptr}, role);
    ASSERT_TRUE(ends.joiner);
    EXPECT_EQ((*ends.joiner)->role(), role);
    EXPECT_EQ((*ends.donor)->role(), role);
  }
}

TEST(Link, DonorSeesThatTheJoinerDoesNotKnowTheToken) {
  const auto ends = shake_hands(link::keys{token, nullptr}, link::keys{other_token, nullptr});
  EXPECT_EQ(why(ends.donor), error::wire_wrong_proof);
  EXPECT_FALSE(ends.joiner);
}

// A donor that goes on whatever the joiner proves.
TEST(Link, JoinerSeesThatTheDonorDoesNotKnowTheToken) {
  auto [one, other] = test::connected_sockets();
  auto joiner = std::async(std::launch::async, [&, socket = std::move(other)]() mutable {
    return link::as_joiner(std::move(socket), {token, nullptr}, clock::now() + 20s);
  });
  const wire::hello hello{.nonce = wire::make_nonce()};
  put(one.get(), hello.encode());
  const auto challenge = wire::challenge::decode(take(one.get(), wire::challenge::size));
  ASSERT_TRUE(challenge);
  EXPECT_TRUE(wire::equal(challenge->proof, wire::joiner_proof(token, hello, *challenge, {})));
  const auto answer = wire::donor_proof(other_token, hello, *challenge, {});
  put(one.get(), {answer.data(), answer.size()});
  EXPECT_EQ(why(joiner.get()), error::wire_wrong_proof);
  EXPECT_EQ(take(one.get()), "");
}

// The joiner's own proof is not good as an answer.
TEST(Link, JoinerTakesNoReflectedProof) {
  auto [one, other] = test::connected_sockets();
  auto joiner = std::async(std::launch::async, [&, socket = std::move(other)]() mutable {
    return link::as_joiner(std::move(socket), {token, nullptr}, clock::now() + 20s);
  });
  put(one.get(), wire::hello{.nonce = wire::make_nonce()}.encode());
  put(one.get(), take(one.get(), wire::challenge::size).substr(40));
  EXPECT_EQ(why(joiner.get()), error::wire_wrong_proof);
}

// With a session to each end, and the secret, but without the token's proof over both sessions.
TEST(Link, ProofsCannotBePassedOnFromOneSessionToAnother) {
  const auto settings = encrypted();
  auto [donors, to_donor] = test::connected_sockets();
  auto [to_joiner, joiners] = test::connected_sockets();
  const auto deadline = clock::now() + 20s;
  auto donor = std::async(std::launch::async, [&, socket = std::move(donors)]() mutable {
    return link::as_donor(std::move(socket), keys_of(settings, sst_role::donor), wire::role::control,
                          deadline);
  });
  auto joiner = std::async(std::launch::async, [&, socket = std::move(joiners)]() mutable {
    return link::as_joiner(std::move(socket), keys_of(settings, sst_role::joiner), deadline);
  });
  tls_session with_donor{make_tls_context(settings, token, sst_role::joiner), sst_role::joiner};
  tls_session with_joiner{make_tls_context(settings, token, sst_role::donor), sst_role::donor};
  const auto open = [](tls_session& session, int socket) {
    for (auto step = session.handshake();; step = session.handshake()) {
      put(socket, session.take_output());
      if (step != tls_session::step::wants_bytes) return step;
      std::array<char, 4096> bytes{};
      const auto got = ::read(socket, bytes.data(), bytes.size());
      if (got <= 0) return tls_session::step::failed;
      session.received({bytes.data(), static_cast<std::size_t>(got)});
    }
  };
  ASSERT_EQ(open(with_donor, to_donor.get()), tls_session::step::done);
  ASSERT_EQ(open(with_joiner, to_joiner.get()), tls_session::step::done);
  const auto pass_on = [](tls_session& from, int in, tls_session& to, int out, std::size_t size) {
    std::string plain(size, '\0');
    for (std::size_t have = 0; have < size;) {
      const auto got = from.read(plain.data() + have, size - have);
      if (got) {
        have += *got;
        continue;
      }
      std::array<char, 4096> bytes{};
      const auto came = ::read(in, bytes.data(), bytes.size());
      if (came <= 0) return;
      from.received({bytes.data(), static_cast<std::size_t>(came)});
    }
    put(out, to.encrypt(plain));
  };
  pass_on(with_donor, to_donor.get(), with_joiner, to_joiner.get(), wire::hello::size);
  pass_on(with_joiner, to_joiner.get(), with_donor, to_donor.get(), wire::challenge::size);
  EXPECT_EQ(why(donor.get()), error::wire_wrong_proof);
  test::reset(to_joiner);
  EXPECT_FALSE(joiner.get());
}

TEST(Link, OtherSecretsFail) {
  const auto ends = shake_hands(encrypted("one"), encrypted("another"));
  EXPECT_FALSE(ends.donor);
  EXPECT_EQ(why(ends.joiner), error::wire_no_tls);
}

TEST(Link, PlainDonorFailsAtAJoinerWithTls) {
  const auto ends = shake_hands({}, encrypted());
  EXPECT_FALSE(ends.donor);
  EXPECT_EQ(why(ends.joiner), error::wire_no_tls);
}

TEST(Link, DonorWithTlsFailsAtAPlainJoiner) {
  const auto ends = shake_hands(encrypted(), {});
  EXPECT_FALSE(ends.donor);
  EXPECT_EQ(why(ends.joiner), error::wire_malformed);
}

TEST(Link, JoinerSaysWhichVersionsItKnows) {
  auto [one, other] = test::connected_sockets();
  auto joiner = std::async(std::launch::async, [&, socket = std::move(other)]() mutable {
    return link::as_joiner(std::move(socket), {token, nullptr}, clock::now() + 20s);
  });
  put(one.get(), wire::hello{.lowest = 7, .highest = 9, .nonce = wire::make_nonce()}.encode());
  const auto answer = take(one.get());
  EXPECT_EQ(answer.substr(0, 8), std::string("MGCW\0\1\1\0", 8));
  ASSERT_EQ(answer.size(), 72);
  EXPECT_EQ(answer.substr(40), std::string(32, '\0'));
  const auto refused = joiner.get();
  EXPECT_EQ(why(refused), error::wire_no_common_version);
  EXPECT_THAT(refused.error().more, testing::HasSubstr("7 to 9"));
}

TEST(Link, JoinerSpeaksToANewerDonorThatKnowsItsVersion) {
  auto [one, other] = test::connected_sockets();
  auto joiner = std::async(std::launch::async, [&, socket = std::move(other)]() mutable {
    return link::as_joiner(std::move(socket), {token, nullptr}, clock::now() + 20s);
  });
  const wire::hello hello{.lowest = 1, .highest = 9, .nonce = wire::make_nonce()};
  put(one.get(), hello.encode());
  const auto challenge = wire::challenge::decode(take(one.get(), wire::challenge::size));
  ASSERT_TRUE(challenge);
  EXPECT_EQ(challenge->version, wire::highest_version);
  const auto answer = wire::donor_proof(token, hello, *challenge, {});
  put(one.get(), {answer.data(), answer.size()});
  EXPECT_TRUE(joiner.get());
}

TEST(Link, DonorSaysWhichVersionsTheJoinerKnows) {
  for (const int version : {0, 7}) {  // none in common; one that the donor never offered
    auto [one, other] = test::connected_sockets();
    auto donor = std::async(std::launch::async, [&, socket = std::move(one)]() mutable {
      return link::as_donor(std::move(socket), {token, nullptr}, wire::role::control, clock::now() + 20s);
    });
    (void)take(other.get(), wire::hello::size);
    put(other.get(),
        wire::challenge{.version = static_cast<std::uint8_t>(version), .lowest = 7, .highest = 9}.encode());
    const auto refused = donor.get();
    EXPECT_EQ(why(refused), error::wire_no_common_version);
    EXPECT_THAT(refused.error().more, testing::HasSubstr("7 to 9"));
  }
}

// A byte now and then keeps nobody waiting beyond the deadline.
void dribble(const sst_settings& settings, std::string_view bytes) {
  auto [one, other] = test::connected_sockets();
  const auto began = clock::now();
  auto joiner = std::async(std::launch::async, [&, socket = std::move(other)]() mutable {
    return link::as_joiner(std::move(socket), keys_of(settings, sst_role::joiner), began + 300ms);
  });
  for (const char byte : bytes) {
    if (joiner.wait_for(20ms) == std::future_status::ready) break;
    put(one.get(), {&byte, 1});
  }
  EXPECT_EQ(why(joiner.get()), errc::timed_out);
  EXPECT_GE(clock::now() - began, 300ms);
  EXPECT_LT(clock::now() - began, 10s);
}

TEST(Link, SlowPeerHasADeadline) { dribble({}, wire::hello{}.encode()); }

TEST(Link, SlowPeerWithTlsHasADeadline) {
  tls_session session{make_tls_context(encrypted(), token, sst_role::donor), sst_role::donor};
  (void)session.handshake();
  dribble(encrypted(), session.take_output());
}

TEST(Link, SilentJoinerHasADeadline) {
  auto [one, other] = test::connected_sockets();
  const auto donor =
      link::as_donor(std::move(one), {token, nullptr}, wire::role::control, clock::now() + 100ms);
  EXPECT_EQ(why(donor), errc::timed_out);
}

// Lets `size` bytes of each direction pass, then closes or resets both connections.
void cut_after(const sst_settings& settings, std::size_t size, bool from_donor, bool resets) {
  auto [donors, to_donor] = test::connected_sockets();
  auto [to_joiner, joiners] = test::connected_sockets();
  const auto deadline = clock::now() + 20s;
  std::thread relay{[&, near_donor = std::move(to_donor), near_joiner = std::move(to_joiner)]() mutable {
    std::size_t left = size;
    std::array<char, 4096> bytes{};
    for (bool cut = false; !cut;) {
      std::array<pollfd, 2> both{{{near_donor.get(), POLLIN, 0}, {near_joiner.get(), POLLIN, 0}}};
      if (::poll(both.data(), both.size(), 20'000) <= 0) break;
      for (const bool is_donors : {true, false}) {
        if (both[is_donors ? 0 : 1].revents == 0 || cut) continue;
        const int in = is_donors ? near_donor.get() : near_joiner.get();
        const int out = is_donors ? near_joiner.get() : near_donor.get();
        const bool counts = is_donors == from_donor;
        const auto got = ::read(in, bytes.data(), counts ? std::min(left, bytes.size()) : bytes.size());
        cut = got <= 0;
        if (cut) continue;
        put(out, {bytes.data(), static_cast<std::size_t>(got)});
        if (counts) left -= static_cast<std::size_t>(got);
        cut = left == 0;
      }
    }
    if (resets) {
      test::reset(near_donor);
      test::reset(near_joiner);
    }
  }};
  auto joiner = std::async(std::launch::async, [&, socket = std::move(joiners)]() mutable {
    return link::as_joiner(std::move(socket), keys_of(settings, sst_role::joiner), deadline);
  });
  const auto donor =
      link::as_donor(std::move(donors), keys_of(settings, sst_role::donor), wire::role::control, deadline);
  const auto joined = joiner.get();
  relay.join();
  EXPECT_FALSE(joined) << size << " bytes of the " << (from_donor ? "donor" : "joiner");
  // The donor has said its last when it sends its answer; before that it fails too.
  if (!from_donor) {
    EXPECT_FALSE(donor) << size;
  }
}

TEST(Link, CutAtAnyByteOfTheHandshakeLetsNobodyIn) {
  for (const bool resets : {false, true}) {
    for (std::size_t size = 1; size < wire::hello::size + 32; ++size) cut_after({}, size, true, resets);
    for (std::size_t size = 1; size < wire::challenge::size; ++size) cut_after({}, size, false, resets);
  }
}

TEST(Link, CutAtAnyByteOfATlsHandshakeLetsNobodyIn) {
  test::random_source random;
  for (int round = 0; round < 60; ++round) {
    const bool from_donor = random.one_in(2);
    cut_after(encrypted(), random.between(1, from_donor ? 300 : 200), from_donor, random.one_in(2));
  }
}

// The law of the joiner's door: nothing gets in by luck.
TEST(Link, LetsNoNoiseIn) {
  test::random_source random;
  for (int round = 0; round < 100; ++round) {
    auto [one, other] = test::connected_sockets();
    std::string noise(random.between(1, 300), '\0');
    for (auto& byte : noise) byte = static_cast<char>(random.between(0, 255));
    if (random.one_in(2))
      noise.replace(0, std::min<std::size_t>(40, noise.size()),
                    wire::hello{.nonce = wire::make_nonce()}.encode());
    put(one.get(), noise);
    ::shutdown(one.get(), SHUT_WR);
    EXPECT_FALSE(link::as_joiner(std::move(other),
                                 keys_of(random.one_in(2) ? sst_settings{} : encrypted(), sst_role::joiner),
                                 clock::now() + 20s));
  }
}

TEST(Link, SaysAFailureBeforeItCloses) {
  for (const auto& settings : {sst_settings{}, encrypted()}) {
    auto ends = shake_hands(settings, settings);
    ASSERT_TRUE(ends.donor && ends.joiner);
    auto donor = std::move(*ends.donor);
    ASSERT_FALSE(donor->send(wire::encode_frame(wire::frame::stage, "which nobody reads")));
    std::thread fails{[joiner = std::move(*ends.joiner)]() mutable {
      joiner->say_failure(ENOSPC, "the disk is full");
      joiner.reset();
    }};
    const auto header = donor->receive_header();
    ASSERT_TRUE(header);
    EXPECT_EQ(header->type, wire::frame::failure);
    const auto report = wire::failure_report::decode(donor->receive_payload(header->length).value());
    EXPECT_EQ(report->code, ENOSPC);
    EXPECT_EQ(report->text, "the disk is full");
    donor.reset();
    fails.join();
  }
}

TEST(Link, ResetsTheConnectionUnlessItIsComplete) {
  for (const bool completes : {false, true}) {
    auto ends = shake_hands(link::keys{token, nullptr}, link::keys{token, nullptr});
    ASSERT_TRUE(ends.donor && ends.joiner);
    if (completes) (*ends.donor)->complete();
    (*ends.donor).reset();
    const auto header = (*ends.joiner)->receive_header();
    ASSERT_FALSE(header);
    EXPECT_EQ(header.error() == error::wire_truncated, completes);
    EXPECT_EQ(header.error() == errc::connection_reset, !completes);
  }
}

TEST(Link, SendHasADeadline) {
  auto ends = shake_hands(link::keys{token, nullptr}, link::keys{token, nullptr});
  ASSERT_TRUE(ends.donor && ends.joiner);
  const std::string much(16 << 20, 'x');
  EXPECT_EQ((*ends.donor)->send(much, clock::now() + 100ms), errc::timed_out);
}

TEST(ConnectTcp, TriesAgainUntilThePortIsThere) {
  auto [listener, port] = test::listening_socket();
  const sockaddr_in here{
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  listener = test::file_descriptor{};
  auto connecting = std::async(std::launch::async, [port = port] {
    return connect_tcp({"127.0.0.1", port}, clock::now() + 20s);
  });
  EXPECT_EQ(connecting.wait_for(150ms), std::future_status::timeout);
  const test::file_descriptor late{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  (void)shaper::set_option(late.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  ASSERT_EQ(::bind(late.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here), 0);
  ASSERT_EQ(::listen(late.get(), 1), 0);
  EXPECT_TRUE(connecting.get());
}

TEST(ConnectTcp, SaysThatThePortRefuses) {
  std::uint16_t port = 0;
  { port = test::listening_socket().second; }
  EXPECT_EQ(connect_tcp({"127.0.0.1", port}, clock::now() + 150ms).error(), errc::connection_refused);
}

}  // namespace
}  // namespace mgc::proxy
