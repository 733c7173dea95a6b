// Two ends of TLS that hand each other their bytes in memory.

#include "proxy/tls_session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "proxy/bad_setting.hpp"
#include "tests/certificates.hpp"
#include "tests/unit/random_source.hpp"

namespace mgc::proxy {
namespace {

using step = tls_session::step;
namespace errc = boost::system::errc;

const transfer_token token{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

sst_settings with_secret(const std::string& secret) {
  sst_settings settings;
  settings.tls = tls_choice::psk;
  settings.cluster_secret = secret;
  return settings;
}

sst_settings with_certificate(const test::authority::files& files, const std::string& ca) {
  sst_settings settings;
  settings.tls = tls_choice::certificates;
  settings.tls_ca = ca;
  settings.tls_cert = files.certificate;
  settings.tls_key = files.key;
  return settings;
}

// Each end has its own settings and token.
struct pair_of_ends {
  pair_of_ends(const sst_settings& of_donor, const sst_settings& of_joiner,
               const transfer_token& donors_token = token)
      : donor{make_tls_context(of_donor, donors_token, sst_role::donor), sst_role::donor},
        joiner{make_tls_context(of_joiner, token, sst_role::joiner), sst_role::joiner} {}

  // Slices of so many bytes. True: both ends have their session.
  bool shake_hands(std::size_t slice = 1 << 20) {
    auto of_donor = step::wants_bytes;
    auto of_joiner = step::wants_bytes;
    for (int rounds = 0; rounds < 10; ++rounds) {
      of_donor = give(joiner, donor, slice, of_donor);
      of_joiner = give(donor, joiner, slice, of_joiner);
      if (of_donor == step::failed || of_joiner == step::failed) return false;
      if (of_donor == step::done && of_joiner == step::done) return true;
    }
    return false;
  }

  static step give(tls_session& from, tls_session& to, std::size_t slice, step before) {
    const auto bytes = from.take_output();
    for (std::size_t at = 0; at < bytes.size(); at += slice) {
      to.received(std::string_view{bytes}.substr(at, slice));
      if (before == step::wants_bytes) before = to.handshake();
    }
    return before == step::wants_bytes ? to.handshake() : before;
  }

  tls_session donor;
  tls_session joiner;
};

// All plain bytes that can be had now.
std::string read_all(tls_session& from) {
  std::string all;
  std::array<char, 1000> piece{};
  for (;;) {
    const auto got = from.read(piece.data(), piece.size());
    if (!got) {
      EXPECT_EQ(got.error(), errc::operation_would_block);
      return all;
    }
    all.append(piece.data(), *got);
  }
}

TEST(TlsSession, SameSecretWorks) {
  pair_of_ends ends{with_secret("one secret"), with_secret("one secret")};
  ASSERT_TRUE(ends.shake_hands()) << ends.donor.problem() << ends.joiner.problem();
  ends.joiner.received(ends.donor.encrypt("to the joiner"));
  EXPECT_EQ(read_all(ends.joiner), "to the joiner");
  ends.donor.received(ends.joiner.encrypt("to the donor"));
  EXPECT_EQ(read_all(ends.donor), "to the donor");
}

TEST(TlsSession, OtherSecretFails) {
  pair_of_ends ends{with_secret("one secret"), with_secret("another secret")};
  EXPECT_FALSE(ends.shake_hands());
  EXPECT_NE(ends.joiner.problem(), "");
}

TEST(TlsSession, OtherTokenFails) {
  auto other = token;
  other[0] ^= 1;
  pair_of_ends ends{with_secret("one secret"), with_secret("one secret"), other};
  EXPECT_FALSE(ends.shake_hands());
}

TEST(TlsSession, SecretsAreNotSentInTheClear) {
  pair_of_ends ends{with_secret("one secret"), with_secret("one secret")};
  ASSERT_TRUE(ends.shake_hands());
  EXPECT_THAT(ends.donor.encrypt("readable by nobody"), testing::Not(testing::HasSubstr("readable")));
}

// Whoever has the token but not the secret must not be taken for the joiner because it shows some certificate.
TEST(TlsSession, CertificateIsNoSubstituteForTheSecret) {
  const test::temporary_folder folder;
  const auto own = test::authority{"stranger"}.issue(folder, "stranger");
  pair_of_ends ends{with_secret("one secret"), with_certificate(own, {})};
  EXPECT_FALSE(ends.shake_hands());
  EXPECT_NE(ends.donor.problem(), "");
}

TEST(TlsSession, SecretIsNoSubstituteForACertificate) {
  const test::temporary_folder folder;
  const auto own = test::authority{"ours"}.issue(folder, "donor");
  pair_of_ends ends{with_certificate(own, own.ca), with_secret("one secret")};
  EXPECT_FALSE(ends.shake_hands());
  pair_of_ends others{with_secret("one secret"), with_certificate(own, own.ca)};
  EXPECT_FALSE(others.shake_hands());
}

struct TlsSessionWithCertificates : testing::Test {
  test::temporary_folder folder;
  test::authority ours{"ours"};
  test::authority foreign{"foreign"};
  test::authority::files donor = ours.issue(folder, "donor");
  test::authority::files joiner = ours.issue(folder, "joiner");
  test::authority::files stranger = foreign.issue(folder, "stranger");
};

TEST_F(TlsSessionWithCertificates, SameAuthorityWorks) {
  pair_of_ends ends{with_certificate(donor, donor.ca), with_certificate(joiner, joiner.ca)};
  ASSERT_TRUE(ends.shake_hands()) << ends.donor.problem() << ends.joiner.problem();
  ends.joiner.received(ends.donor.encrypt("hello"));
  EXPECT_EQ(read_all(ends.joiner), "hello");
}

TEST_F(TlsSessionWithCertificates, DonorRefusesAForeignJoiner) {
  pair_of_ends ends{with_certificate(donor, donor.ca), with_certificate(stranger, {})};
  EXPECT_FALSE(ends.shake_hands());
  EXPECT_THAT(ends.donor.problem(), testing::HasSubstr("certificate verify failed"));
}

TEST_F(TlsSessionWithCertificates, JoinerRefusesAForeignDonor) {
  pair_of_ends ends{with_certificate(stranger, {}), with_certificate(joiner, joiner.ca)};
  EXPECT_FALSE(ends.shake_hands());
  EXPECT_THAT(ends.joiner.problem(), testing::HasSubstr("certificate verify failed"));
}

TEST_F(TlsSessionWithCertificates, WithoutAnAuthorityAnyCertificateWillDo) {
  pair_of_ends ends{with_certificate(donor, {}), with_certificate(stranger, {})};
  EXPECT_TRUE(ends.shake_hands());
}

TEST_F(TlsSessionWithCertificates, JoinerRefusesADonorWithoutACertificate) {
  tls_session joiners{make_tls_context(with_certificate(joiner, joiner.ca), token, sst_role::joiner),
                      sst_role::joiner};
  tls_session bare{tls_context{SSL_CTX_new(TLS_client_method()), SSL_CTX_free}, sst_role::donor};
  auto of_joiner = step::wants_bytes;
  for (int round = 0; round < 5 && of_joiner == step::wants_bytes; ++round) {
    (void)pair_of_ends::give(joiners, bare, 1 << 20, step::wants_bytes);
    of_joiner = pair_of_ends::give(bare, joiners, 1 << 20, of_joiner);
  }
  EXPECT_EQ(of_joiner, step::failed);
}

TEST_F(TlsSessionWithCertificates, NamesTheOptionOfAFileThatCannotBeUsed) {
  const auto complaint = [](const sst_settings& settings) -> std::string {
    try {
      (void)make_tls_context(settings, token, sst_role::donor);
    } catch (const bad_setting& e) {
      return e.what();
    }
    return "none";
  };
  auto settings = with_certificate(donor, donor.ca);
  EXPECT_EQ(complaint(settings), "none");
  settings.tls_key = joiner.key;
  EXPECT_THAT(complaint(settings), testing::HasSubstr("tls_key = '" + joiner.key + "'"));
  settings = with_certificate(donor, folder / "nowhere.pem");
  EXPECT_THAT(complaint(settings), testing::HasSubstr("tls_ca = "));
  settings = with_certificate(donor, donor.ca);
  settings.tls_cert = folder.write("empty.pem", "");
  EXPECT_THAT(complaint(settings), testing::HasSubstr("tls_cert = "));
}

TEST(TlsSession, ThereIsNoContextWithoutEncryption) {
  EXPECT_EQ(make_tls_context(sst_settings{}, token, sst_role::donor), nullptr);
}

// A peer that speaks TLS 1.2 at most.
TEST(TlsSession, RefusesAnOlderTls) {
  const test::temporary_folder folder;
  const auto own = test::authority{"ours"}.issue(folder, "joiner");
  tls_session joiner{make_tls_context(with_certificate(own, {}), token, sst_role::joiner), sst_role::joiner};
  const tls_context older{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  SSL_CTX_set_max_proto_version(older.get(), TLS1_2_VERSION);
  tls_session donor{older, sst_role::donor};
  (void)donor.handshake();
  EXPECT_EQ(pair_of_ends::give(donor, joiner, 1 << 20, step::wants_bytes), step::failed);
}

TEST(TlsSession, BindingIsTheSameOnBothEndsAndAnotherInEachSession) {
  const auto settings = with_secret("one secret");
  pair_of_ends one{settings, settings};
  pair_of_ends another{settings, settings};
  ASSERT_TRUE(one.shake_hands());
  ASSERT_TRUE(another.shake_hands());
  EXPECT_EQ(one.donor.binding().size(), 32);
  EXPECT_EQ(one.donor.binding(), one.joiner.binding());
  EXPECT_EQ(another.donor.binding(), another.joiner.binding());
  EXPECT_NE(one.donor.binding(), another.donor.binding());
}

TEST(TlsSession, WorksInSlicesOfOneByte) {
  pair_of_ends ends{with_secret("one secret"), with_secret("one secret")};
  ASSERT_TRUE(ends.shake_hands(1));
  const auto sealed = ends.donor.encrypt("in slices");
  std::string got;
  for (const char byte : sealed) {
    ends.joiner.received({&byte, 1});
    got += read_all(ends.joiner);
  }
  EXPECT_EQ(got, "in slices");
}

TEST(TlsSession, CarriesAnythingInAnySlices) {
  test::random_source random;
  pair_of_ends ends{with_secret("one secret"), with_secret("one secret")};
  ASSERT_TRUE(ends.shake_hands(random.magnitude_between(1, 1000)));
  for (int round = 0; round < 50; ++round) {
    std::string plain(random.magnitude_between(1, 1 << 20), '\0');
    for (auto& byte : plain) byte = static_cast<char>(random.between(0, 255));
    const auto sealed = ends.donor.encrypt(plain);
    std::string got;
    for (std::size_t at = 0; at < sealed.size();) {
      const auto slice = random.magnitude_between(1, 1 << 18);
      ends.joiner.received(std::string_view{sealed}.substr(at, slice));
      at += slice;
      if (random.one_in(2)) got += read_all(ends.joiner);
    }
    got += read_all(ends.joiner);
    ASSERT_TRUE(got == plain) << "round " << round;
  }
}

TEST(TlsSession, WaitsForTheRestOfARecord) {
  pair_of_ends ends{with_secret("one secret"), with_secret("one secret")};
  ASSERT_TRUE(ends.shake_hands());
  auto sealed = ends.donor.encrypt("hello");
  ends.joiner.received(std::string_view{sealed}.substr(0, sealed.size() - 1));
  char byte = 0;
  EXPECT_EQ(ends.joiner.read(&byte, 1).error(), errc::operation_would_block);
}

TEST(TlsSession, PeerThatClosesTheSessionTruncatesIt) {
  const auto settings = with_secret("one secret");
  const auto context = make_tls_context(settings, token, sst_role::joiner);
  tls_session joiner{context, sst_role::joiner};
  // A donor by OpenSSL alone, because ours never closes a session.
  const auto client_context = make_tls_context(settings, token, sst_role::donor);
  const std::unique_ptr<SSL, decltype(&SSL_free)> client{SSL_new(client_context.get()), SSL_free};
  BIO* const in = BIO_new(BIO_s_mem());
  BIO* const out = BIO_new(BIO_s_mem());
  SSL_set_bio(client.get(), in, out);
  SSL_set_connect_state(client.get());
  const auto exchange = [&] {
    std::string bytes(BIO_ctrl_pending(out), '\0');
    if (!bytes.empty()) BIO_read(out, bytes.data(), static_cast<int>(bytes.size()));
    joiner.received(bytes);
    const auto answer = joiner.take_output();
    BIO_write(in, answer.data(), static_cast<int>(answer.size()));
  };
  auto of_joiner = step::wants_bytes;
  for (int round = 0; round < 5 && of_joiner != step::done; ++round) {
    SSL_do_handshake(client.get());
    exchange();
    of_joiner = joiner.handshake();
    exchange();
  }
  ASSERT_EQ(of_joiner, step::done);
  SSL_write(client.get(), "last", 4);
  SSL_shutdown(client.get());
  exchange();
  std::array<char, 100> got{};
  ASSERT_EQ(joiner.read(got.data(), got.size()).value(), 4);
  EXPECT_EQ(joiner.read(got.data(), got.size()).error(), error::wire_truncated);
}

TEST(TlsSession, ChangedRecordEndsTheSession) {
  for (const std::size_t at : {0, 5, 15}) {
    pair_of_ends ends{with_secret("one secret"), with_secret("one secret")};
    ASSERT_TRUE(ends.shake_hands());
    auto sealed = ends.donor.encrypt("hello");
    sealed[at] = static_cast<char>(sealed[at] ^ 0x40);
    ends.joiner.received(sealed);
    std::array<char, 100> got{};
    EXPECT_EQ(ends.joiner.read(got.data(), got.size()).error(), error::wire_truncated) << at;
    EXPECT_NE(ends.joiner.problem(), "");
  }
}

TEST(TlsSession, TakesGarbageForNoHandshake) {
  test::random_source random;
  const auto settings = with_secret("one secret");
  for (const auto role : {sst_role::donor, sst_role::joiner}) {
    for (int round = 0; round < 200; ++round) {
      tls_session session{make_tls_context(settings, token, role), role};
      (void)session.handshake();
      std::string garbage(random.magnitude_between(1, 20'000), '\0');
      for (auto& byte : garbage) byte = static_cast<char>(random.between(0, 255));
      if (random.one_in(2)) garbage.replace(0, 3, "\x16\x03\x01");
      session.received(garbage);
      EXPECT_NE(session.handshake(), step::done);
    }
  }
}

}  // namespace
}  // namespace mgc::proxy
