#include "proxy/tls_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/proxy/settings_of_text.hpp"

namespace mgc::proxy {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string secret = "a secret of the cluster";
const std::string with_secret = "[mgc]\ncluster_secret=" + secret + "\n";

settings_of_text with_files(std::string text) {
  settings_of_text settings{std::move(text)};
  settings.files = {{"/ca", ""},         {"/cert", ""},      {"/key", ""},
                    {"/other-cert", ""}, {"/other-key", ""}, {"/cas/", ""}};
  return settings;
}

TEST(TlsSettings, AreOffUnlessAskedFor) {
  const auto settings = with_files("[mysqld]\nbinlog_format=ROW\n").resolve();
  EXPECT_EQ(settings.tls, tls_choice::off);
  EXPECT_THAT(settings.notes, IsEmpty());
}

TEST(TlsSettings, UseTheSecretOfTheCluster) {
  const auto settings = with_files(with_secret).resolve();
  EXPECT_EQ(settings.tls, tls_choice::psk);
  EXPECT_EQ(settings.cluster_secret, secret);
  EXPECT_THAT(settings.notes, IsEmpty());
}

TEST(TlsSettings, ReadTheSecretFromAFile) {
  auto settings = with_files("[mgc]\ncluster_secret_file=secret.txt\n");
  settings.files["/data/secret.txt"] = secret + "\r\n";
  EXPECT_EQ(settings.resolve().cluster_secret, secret);
  settings.files["/data/secret.txt"] = "\n";
  EXPECT_THAT(settings.refusal(),
              AllOf(HasSubstr("cluster_secret_file"), HasSubstr("/data/secret.txt"), HasSubstr("empty")));
  settings.files.clear();
  EXPECT_THAT(settings.refusal(), AllOf(HasSubstr("cluster_secret_file"), HasSubstr("No such file")));
}

TEST(TlsSettings, NeverShowTheSecret) {
  const auto twice = with_files(with_secret + "cluster_secret_file=/key\n").refusal();
  EXPECT_THAT(twice, AllOf(HasSubstr("keep one of the two"), Not(HasSubstr(secret))));
  const auto notes = with_files("[mgc]\ncluster_secret=hunter2\n").resolve().notes;
  EXPECT_THAT(notes, ElementsAre(HasSubstr("can be guessed")));
  EXPECT_THAT(notes, Each(Not(HasSubstr("hunter2"))));
}

TEST(TlsSettings, UseCertificatesOfTheGroupMgc) {
  const auto settings = with_files("[mgc]\ntls_cert=/cert\ntls_key=/key\ntls_ca=/ca\n").resolve();
  EXPECT_EQ(settings.tls, tls_choice::certificates);
  EXPECT_EQ(settings.tls_cert, "/cert");
  EXPECT_EQ(settings.tls_key, "/key");
  EXPECT_EQ(settings.tls_ca, "/ca");
}

TEST(TlsSettings, OfTheGroupMgcMustBeComplete) {
  EXPECT_THAT(with_files("[mgc]\ntls_cert=/cert\n").refusal(),
              AllOf(HasSubstr("tls_cert"), HasSubstr("no key is given")));
  EXPECT_THAT(with_files("[mgc]\ntls_ca=/ca\n").refusal(),
              AllOf(HasSubstr("tls_ca"), HasSubstr("no certificate is given")));
  EXPECT_THAT(
      with_files("[mgc]\ntls_cert=/none\ntls_key=/key\n").refusal(),
      AllOf(HasSubstr("[mgc] tls_cert (my.cnf, line 2)"), HasSubstr("/none"), HasSubstr("No such file")));
  EXPECT_THAT(with_files("[mgc]\ntls_cert=/cert\ntls_key=/none\n").refusal(), HasSubstr("tls_key"));
  EXPECT_THAT(with_files("[mgc]\ntls_cert=/cert\ntls_key=/key\ntls_ca=/none\n").refusal(),
              HasSubstr("tls_ca"));
}

TEST(TlsSettings, PreferTheSecretAndSaySo) {
  const auto settings =
      with_files(with_secret + "tls_cert=/cert\ntls_key=/key\n[sst]\nencrypt=3\n").resolve();
  EXPECT_EQ(settings.tls, tls_choice::psk);
  EXPECT_THAT(settings.notes, ElementsAre(HasSubstr("tls_cert"), HasSubstr("[sst] encrypt")));
}

TEST(TlsSettings, ObeyTransferTls) {
  const auto all = with_secret + "tls_cert=/cert\ntls_key=/key\n";
  EXPECT_EQ(with_files(all + "transfer_tls=auto\n").resolve().tls, tls_choice::psk);
  EXPECT_EQ(with_files(all + "transfer_tls=psk\n").resolve().tls, tls_choice::psk);
  EXPECT_EQ(with_files(all + "transfer_tls=cert\n").resolve().tls, tls_choice::certificates);
  const auto off = with_files(all + "transfer_tls=off\n").resolve();
  EXPECT_EQ(off.tls, tls_choice::off);
  EXPECT_EQ(off.cluster_secret, secret);
  EXPECT_THAT(off.notes, ElementsAre(HasSubstr("tls_cert")));
}

TEST(TlsSettings, RefuseWhatCannotBeDone) {
  EXPECT_THAT(with_files("[mgc]\ntransfer_tls=psk\n").refusal(),
              AllOf(HasSubstr("transfer_tls"), HasSubstr("cluster_secret")));
  EXPECT_THAT(with_files("[mgc]\ntransfer_tls=cert\n").refusal(),
              AllOf(HasSubstr("transfer_tls"), HasSubstr("tls_cert")));
  EXPECT_THAT(with_files("[mgc]\ntransfer_tls=on\n").refusal(), HasSubstr("auto, off, psk or cert"));
}

TEST(TlsSettings, ByCertificatesTakeThoseOfTheServer) {
  const auto settings =
      with_files("[mgc]\ntransfer_tls=cert\n[mysqld]\nssl_cert=/cert\nssl_key=/key\nssl_ca=/ca\n").resolve();
  EXPECT_EQ(settings.tls, tls_choice::certificates);
  EXPECT_EQ(settings.tls_ca, "/ca");
}

TEST(TlsSettings, OfTheServerServeClientsAlone) {
  const auto settings = with_files("[mysqld]\nssl_cert=/cert\nssl_key=/key\nssl_ca=/ca\n").resolve();
  EXPECT_EQ(settings.tls, tls_choice::off);
  EXPECT_THAT(settings.notes, ElementsAre(AllOf(HasSubstr("ssl_cert"), HasSubstr("transfer_tls=cert"))));
}

TEST(TlsSettings, HonourTheNumbersOfTheStockMethods) {
  const auto three = with_files("[sst]\nencrypt=3\ntcert=/cert\ntkey=/key\n").resolve();
  EXPECT_EQ(three.tls, tls_choice::certificates);
  EXPECT_EQ(three.tls_key, "/key");
  EXPECT_EQ(three.tls_ca, "");
  const auto two = with_files("[sst]\nencrypt=2\ntca=/ca\ntcert=/cert\n").resolve();
  EXPECT_EQ(two.tls_key, "/cert");
  EXPECT_EQ(two.tls_ca, "/ca");
  const auto server =
      with_files("[sst]\nencrypt=4\n[mysqld]\nssl-ca=/ca\nssl-cert=/cert\nssl-key=/key\n").resolve();
  EXPECT_EQ(server.tls, tls_choice::certificates);
  EXPECT_EQ(with_files("[sst]\nencrypt=0\ntcert=/cert\ntkey=/key\n").resolve().tls, tls_choice::off);

  EXPECT_THAT(with_files("[sst]\nencrypt=2\ntcert=/cert\n").refusal(), HasSubstr("authority"));
  EXPECT_THAT(with_files("[sst]\nencrypt=4\ntcert=/cert\ntkey=/key\n").refusal(), HasSubstr("authority"));
  EXPECT_THAT(with_files("[sst]\nencrypt=3\ntcert=/cert\n").refusal(),
              AllOf(HasSubstr("[sst] encrypt"), HasSubstr("no key")));
  EXPECT_THAT(with_files("[sst]\nencrypt=5\n").refusal(), HasSubstr("from 0 to 4"));
}

TEST(TlsSettings, DoNotDropTheCipherOfTheStockMethods) {
  const std::string own_cipher = "[sst]\nencrypt=1\nencrypt-algo=AES256\nencrypt-key=k3y\n";
  EXPECT_THAT(with_files(own_cipher).refusal(), AllOf(HasSubstr("[sst] encrypt (my.cnf, line 2)"),
                                                      HasSubstr("cluster_secret"), HasSubstr("tls_cert")));
  const auto encrypted = with_files(own_cipher + with_secret).resolve();
  EXPECT_EQ(encrypted.tls, tls_choice::psk);
  EXPECT_THAT(encrypted.notes, Contains(HasSubstr("[sst] encrypt (")));
  EXPECT_THAT(encrypted.notes, Each(Not(HasSubstr("k3y"))));
  const auto told_off = with_files(own_cipher + "[mgc]\ntransfer_tls=off\n").resolve();
  EXPECT_EQ(told_off.tls, tls_choice::off);
  EXPECT_THAT(told_off.notes, Contains(AllOf(HasSubstr("[sst] encrypt ("), HasSubstr("transfer_tls=off"))));
}

TEST(TlsSettings, HonourSslMode) {
  const std::string files = "ssl-ca=/ca\nssl-cert=/cert\nssl-key=/key\n";
  const auto verified = with_files("[sst]\nssl-mode=verify_ca\n" + files).resolve();
  EXPECT_EQ(verified.tls, tls_choice::certificates);
  EXPECT_EQ(verified.tls_ca, "/ca");
  EXPECT_THAT(verified.notes, IsEmpty());
  const auto required = with_files("[sst]\nssl-mode=REQUIRED\n[mysqld]\n" + files).resolve();
  EXPECT_EQ(required.tls, tls_choice::certificates);
  EXPECT_EQ(required.tls_ca, "");
  EXPECT_THAT(required.notes, ElementsAre(HasSubstr("is not verified")));
  EXPECT_EQ(with_files("[sst]\nssl-mode=DISABLED\n" + files).resolve().tls, tls_choice::off);
  EXPECT_THAT(with_files("[sst]\nssl-mode=VERIFY_IDENTITY\n" + files).resolve().notes,
              ElementsAre(HasSubstr("done as VERIFY_CA")));

  EXPECT_THAT(with_files("[sst]\nssl-mode=REQUIRED\n").refusal(),
              AllOf(HasSubstr("ssl-mode"), HasSubstr("no certificate")));
  EXPECT_THAT(with_files("[sst]\nssl-mode=VERIFY_CA\nssl-cert=/cert\nssl-key=/key\n").refusal(),
              HasSubstr("authority"));
  EXPECT_THAT(with_files("[sst]\nssl-mode=PREFERRED\n").refusal(), HasSubstr("VERIFY_IDENTITY"));
}

TEST(TlsSettings, OfTransfersAskByThemselves) {
  EXPECT_EQ(with_files("[sst]\ntcert=/cert\ntkey=/key\n").resolve().tls, tls_choice::certificates);
  EXPECT_EQ(with_files("[mariabackup]\nssl-cert=/cert\nssl-key=/key\n").resolve().tls,
            tls_choice::certificates);
}

TEST(TlsSettings, OfBeforeGoBeforeThoseOfTheServer) {
  const auto settings = with_files(
                            "[sst]\nencrypt=3\ntcert=/cert\ntkey=/key\n[mysqld]\nssl-cert=/"
                            "other-cert\nssl-key=/other-key\nssl-ca=/ca\n")
                            .resolve();
  EXPECT_EQ(settings.tls_cert, "/cert");
  EXPECT_EQ(settings.tls_ca, "");
}

TEST(TlsSettings, OfARoleGoBeforeTheOthers) {
  auto settings = with_files(
      "[sst]\nencrypt=3\ntcert=/cert\ntkey=/key\nssl-server-cert=/other-cert\nssl-client-key=/other-key\n");
  settings.arguments.role = sst_role::joiner;
  EXPECT_EQ(settings.resolve().tls_cert, "/other-cert");
  EXPECT_EQ(settings.resolve().tls_key, "/key");
  settings.arguments.role = sst_role::donor;
  EXPECT_EQ(settings.resolve().tls_cert, "/cert");
  EXPECT_EQ(settings.resolve().tls_key, "/other-key");
}

TEST(TlsSettings, TakeADirectoryOfAuthorities) {
  const auto settings = with_files("[sst]\nencrypt=4\ntca=/cas\ntcert=/cert\ntkey=/key\n").resolve();
  EXPECT_EQ(settings.tls_capath, "/cas");
  EXPECT_EQ(settings.tls_ca, "");
}

}  // namespace
}  // namespace mgc::proxy
