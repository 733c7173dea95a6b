#include "proxy/sst_arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <utility>

#include "proxy/bad_setting.hpp"

namespace mgc::proxy {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* uuid = "0b6a2d5e-1111-2222-3333-444455556666";
constexpr const char* gtid = "0b6a2d5e-1111-2222-3333-444455556666:42";

sst_arguments parse(std::vector<const char*> words) {
  words.insert(words.begin(), "wsrep_sst_mgc_rsync");
  return parse_sst_arguments(words);
}

std::vector<const char*> joiner_with(std::initializer_list<const char*> more) {
  std::vector<const char*> words{"--role", "joiner", "--address", "10.0.0.5", "--datadir", "/var/lib/mysql/"};
  words.insert(words.end(), more);
  return words;
}

std::string refusal(const std::vector<const char*>& words) {
  try {
    parse(words);
  } catch (const bad_setting& refused) {
    return refused.what();
  }
  return "nothing was refused";
}

TEST(SstArguments, OfAJoinerAreThoseThatTheServerHandsOver) {
  const auto arguments = parse({"--role",
                                "joiner",
                                "--address",
                                "10.0.0.5:4444",
                                "--datadir",
                                "/var/lib/mysql/",
                                "--defaults-file",
                                "/etc/a.cnf",
                                "--defaults-extra-file",
                                "/etc/b.cnf",
                                "--defaults-group-suffix",
                                "1",
                                "--parent",
                                "4711",
                                "--progress",
                                "1",
                                "--binlog",
                                "mysql-bin",
                                "--binlog-index",
                                "mysql-bin.index",
                                "--mysqld-args",
                                "--wsrep_start_position=x",
                                "--role",
                                "donor"});
  EXPECT_EQ(arguments.role, sst_role::joiner);
  EXPECT_EQ(arguments.address, "10.0.0.5:4444");
  EXPECT_EQ(arguments.datadir, "/var/lib/mysql");
  EXPECT_EQ(arguments.defaults_file, "/etc/a.cnf");
  EXPECT_EQ(arguments.defaults_extra_file, "/etc/b.cnf");
  EXPECT_EQ(arguments.defaults_group_suffix, "1");
  EXPECT_EQ(arguments.parent, 4711);
  EXPECT_TRUE(arguments.progress);
  EXPECT_FALSE(arguments.bypass);
  EXPECT_EQ(arguments.binlog, "mysql-bin");
  EXPECT_EQ(arguments.binlog_index, "mysql-bin.index");
  EXPECT_THAT(arguments.server_arguments, ElementsAre("--wsrep_start_position=x", "--role", "donor"));
}

TEST(SstArguments, OfADonorAreThoseThatTheServerHandsOver) {
  const auto arguments = parse({"--role", "donor", "--address", "10.0.0.5:4444/mgc_rsync/1/psk",
                                "--local-port", "3306", "--socket", "/run/mysqld/mysqld.sock", "--progress",
                                "0", "--datadir", "/d", "--gtid", gtid, "--gtid-domain-id", "7", "--bypass"});
  EXPECT_EQ(arguments.role, sst_role::donor);
  EXPECT_EQ(arguments.local_port, 3306);
  EXPECT_EQ(arguments.socket, "/run/mysqld/mysqld.sock");
  EXPECT_FALSE(arguments.progress);
  EXPECT_EQ(arguments.gtid, gtid);
  EXPECT_EQ(arguments.gtid_domain_id, "7");
  EXPECT_TRUE(arguments.bypass);
  EXPECT_FALSE(arguments.parent.has_value());
  EXPECT_THAT(arguments.server_arguments, IsEmpty());
}

TEST(SstArguments, TakeTheirValueAlsoBehindAnEqualsSign) {
  const auto arguments = parse({"--role=joiner", "--address=[::1]:4444", "--datadir=/a=b/", "--binlog="});
  EXPECT_EQ(arguments.address, "[::1]:4444");
  EXPECT_EQ(arguments.datadir, "/a=b");
  EXPECT_EQ(arguments.binlog, "");
}

TEST(SstArguments, MayBeEmptyWords) {
  const auto arguments = parse(joiner_with({"--socket", "", "--binlog", "", "--parent", "1"}));
  EXPECT_EQ(arguments.socket, "");
  EXPECT_EQ(arguments.parent, 1);
}

TEST(SstArguments, OfOtherServersAreSkipped) {
  const auto arguments = parse(
      joiner_with({"--basedir", "/usr", "--plugindir=/usr/lib", "--flag", "--parent", "7", "stray", ""}));
  EXPECT_EQ(arguments.parent, 7);
  EXPECT_EQ(arguments.datadir, "/var/lib/mysql");
}

TEST(SstArguments, OfTheRootDirectoryKeepTheirSlash) {
  EXPECT_EQ(parse({"--role=joiner", "--address=a", "--datadir=///"}).datadir, "/");
}

TEST(SstArguments, TakeAnyPosition) {
  EXPECT_EQ(parse(joiner_with({"--gtid", "00000000-0000-0000-0000-000000000000:-1"})).gtid,
            "00000000-0000-0000-0000-000000000000:-1");
  EXPECT_EQ(parse(joiner_with({"--gtid-domain-id", "4294967295"})).gtid_domain_id, "4294967295");
}

TEST(SstArguments, AreRefusedByName) {
  const std::string position = std::string{uuid} + ":";
  const std::string too_far = position + "99999999999999999999";
  const std::vector<std::pair<std::vector<const char*>, std::vector<std::string>>> refused{
      {{}, {"--role", "donor", "joiner"}},
      {{"--address", "a", "--datadir", "/d"}, {"--role"}},
      {{"--role", "arbitrator"}, {"--role", "arbitrator", "donor or joiner"}},
      {{"--role", "joiner", "--datadir", "/d"}, {"--address"}},
      {{"--role", "joiner", "--address", "", "--datadir", "/d"}, {"--address"}},
      {{"--role", "joiner", "--address", "a"}, {"--datadir"}},
      {{"--role", "donor", "--address", "a", "--datadir", "/d"}, {"--gtid"}},
      {joiner_with({"--datadir", "var"}), {"--datadir", "var", "absolute"}},
      {joiner_with({"--parent", "0"}), {"--parent", "'0'", "1"}},
      {joiner_with({"--parent", "-3"}), {"--parent", "-3"}},
      {joiner_with({"--parent", "4x"}), {"--parent", "4x"}},
      {joiner_with({"--parent", "99999999999"}), {"--parent"}},
      {joiner_with({"--parent", ""}), {"--parent"}},
      {joiner_with({"--parent"}), {"--parent", "needs a value"}},
      {joiner_with({"--parent", "--progress", "1"}), {"--parent", "needs a value"}},
      {joiner_with({"--progress", "2"}), {"--progress", "0 to 1"}},
      {joiner_with({"--local-port", "65536"}), {"--local-port", "65535"}},
      {joiner_with({"--gtid", uuid}), {"--gtid", "UUID:SEQNO"}},
      {joiner_with({"--gtid", position.c_str()}), {"--gtid", "UUID:SEQNO"}},
      {joiner_with({"--gtid", too_far.c_str()}), {"--gtid", "UUID:SEQNO"}},
      {joiner_with({"--gtid", "0b6a2d5e-1111-2222-3333-44445555666g:1"}), {"--gtid", "UUID:SEQNO"}},
      {joiner_with({"--gtid", "0b6a2d5e11112222333344445555666666666:1"}), {"--gtid", "UUID:SEQNO"}},
      {joiner_with({"--gtid-domain-id", "-1"}), {"--gtid-domain-id", "4294967295"}},
      {joiner_with({"--gtid-domain-id", "4294967296"}), {"--gtid-domain-id"}},
      {joiner_with({"--bypass=0"}), {"--bypass", "no value"}},
      {joiner_with({"--socket", "/a\nb"}), {"--socket", "/a\\x0ab", "control characters"}},
      {joiner_with({"--defaults-file=/a\x7f"}), {"--defaults-file", "control characters"}}};
  for (const auto& [words, parts] : refused) {
    const auto text = refusal(words);
    for (const auto& part : parts) EXPECT_THAT(text, HasSubstr(part));
  }
}

}  // namespace
}  // namespace mgc::proxy
