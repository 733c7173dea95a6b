#include "proxy/sst_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <utility>
#include <vector>

#include "tests/unit/proxy/settings_of_text.hpp"

namespace mgc::proxy {
namespace {

using namespace std::chrono_literals;
using shaper::rate;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

sst_settings resolve(std::string text) { return settings_of_text{std::move(text)}.resolve(); }

std::string refusal(std::string text) { return settings_of_text{std::move(text)}.refusal(); }

TEST(SstSettings, NeedNone) {
  const auto settings = resolve("");
  EXPECT_TRUE(settings.transfer_limit.is_unlimited());
  EXPECT_EQ(settings.limit_origin, "");
  EXPECT_EQ(settings.compress, compress_choice::automatic);
  EXPECT_EQ(settings.transfer_timeout, 120s);
  EXPECT_EQ(settings.initial_timeout, 0s);
  EXPECT_EQ(settings.backup_threads, 0U);
  EXPECT_TRUE(settings.archive_logs);
  EXPECT_EQ(settings.max_binlogs, 1);
  EXPECT_EQ(settings.user, "");
  EXPECT_EQ(settings.directories.data, "/data");
  EXPECT_EQ(settings.directories.innodb_data_home, "/data");
  EXPECT_EQ(settings.directories.innodb_log_group_home, "/data");
  EXPECT_EQ(settings.directories.innodb_undo, "/data");
  EXPECT_EQ(settings.directories.aria_log, "/data");
  EXPECT_EQ(settings.directories.binlog, "");
  EXPECT_EQ(settings.directories.binlog_index, "");
  EXPECT_THAT(settings.notes, IsEmpty());
}

TEST(SstSettings, TakeTheLimitInKilobytes) {
  const auto settings = resolve("[mgc]\ntransfer_limit=6000\n");
  EXPECT_EQ(settings.transfer_limit, rate::kilobytes_per_second(6000));
  EXPECT_EQ(settings.limit_origin, "[mgc] transfer_limit");
  EXPECT_TRUE(resolve("[mgc]\ntransfer-limit=unlimited\n").transfer_limit.is_unlimited());
}

TEST(SstSettings, TakeTheLimitOfTheStockMethodInBytes) {
  EXPECT_EQ(resolve("[sst]\nrlimit=6000k\n").transfer_limit, rate::kilobytes_per_second(6000));
  EXPECT_EQ(resolve("[sst]\nrlimit=6144000\n").transfer_limit, rate::kilobytes_per_second(6000));
  EXPECT_EQ(resolve("[sst]\nrlimit=2M\n").transfer_limit, rate::kilobytes_per_second(2048));
  EXPECT_EQ(resolve("[sst]\nrlimit=6000k\n").limit_origin, "[sst] rlimit");
  EXPECT_TRUE(resolve("[sst]\nrlimit=0\n").transfer_limit.is_unlimited());
}

TEST(SstSettings, PreferTheLimitOfTheirOwnGroup) {
  const auto settings = resolve("[sst]\nrlimit=1m\n[mgc]\ntransfer_limit=6000\n");
  EXPECT_EQ(settings.transfer_limit, rate::kilobytes_per_second(6000));
  EXPECT_THAT(settings.notes,
              ElementsAre(AllOf(HasSubstr("[sst] rlimit (my.cnf, line 2)"), HasSubstr("transfer_limit"))));
}

TEST(SstSettings, AreThoseOfTheGroupMgc) {
  const auto settings =
      resolve("[mgc]\ntransfer_budget=/run/mgc/budget\ntransfer_compress=zstd\ntransfer_timeout=30\n");
  EXPECT_EQ(settings.transfer_budget, "/run/mgc/budget");
  EXPECT_EQ(settings.compress, compress_choice::zstd);
  EXPECT_EQ(settings.transfer_timeout, 30s);
}

TEST(SstSettings, HonourWhatTheStockMethodsRead) {
  const auto settings = resolve(
      "[sst]\nsst-initial-timeout=7\ninno-backup-opts=--galera-info '--x=a b'\ninno-move-opts=--m\n"
      "sst-log-archive=0\nsst-log-archive-dir=/var/log/sst/\nsst-max-binlogs=-1\ncpat=.*keep$\n"
      "[xtrabackup]\ninno-apply-opts=--p\nuse-memory=2G\n"
      "[mariabackup]\nbackup-threads=8\ncompress=quicklz\ncompress-threads=4\ncompress-chunk-size="
      "64K\ntmpdir=/tmp/sst/\n");
  EXPECT_EQ(settings.initial_timeout, 7s);
  EXPECT_THAT(settings.backup_options, ElementsAre("--galera-info", "--x=a b"));
  EXPECT_THAT(settings.prepare_options, ElementsAre("--p"));
  EXPECT_THAT(settings.move_options, ElementsAre("--m"));
  EXPECT_EQ(settings.use_memory, "2G");
  EXPECT_FALSE(settings.archive_logs);
  EXPECT_EQ(settings.log_archive_directory, "/var/log/sst");
  EXPECT_EQ(settings.max_binlogs, -1);
  EXPECT_EQ(settings.keep_pattern, ".*keep$");
  EXPECT_EQ(settings.backup_threads, 8U);
  EXPECT_TRUE(settings.backup_compress);
  EXPECT_EQ(settings.backup_compress_algorithm, "quicklz");
  EXPECT_EQ(settings.backup_compress_threads, 4U);
  EXPECT_EQ(settings.backup_compress_chunk_size, "64K");
  EXPECT_EQ(settings.temporary_directory, "/tmp/sst");
  EXPECT_THAT(settings.notes, IsEmpty());
}

TEST(SstSettings, PreferTheGroupsThatTheStockMethodsPrefer) {
  EXPECT_EQ(
      resolve("[mariabackup]\nuse-memory=1G\n[sst]\nuse-memory=2G\n[xtrabackup]\nuse-memory=3G\n").use_memory,
      "2G");
  EXPECT_EQ(resolve("[sst]\nbackup-threads=2\n[mysqld]\nloose-backup-threads=3\n").backup_threads, 3U);
  EXPECT_EQ(resolve("[sst]\nuse-memory=\n[xtrabackup]\nuse-memory=3G\n").use_memory, "3G");
}

TEST(SstSettings, PrepareWithTheMemoryOfTheServer) {
  EXPECT_EQ(resolve("[mysqld]\ninnodb_buffer_pool_size=4G\n").use_memory, "4G");
  EXPECT_EQ(resolve("[mysqld]\ninnodb_buffer_pool_size=4G\n[sst]\nuse-memory=1G\n").use_memory, "1G");
}

TEST(SstSettings, TakeTheFirstTemporaryDirectoryOfTheServer) {
  EXPECT_EQ(resolve("[mysqld]\ntmpdir=/t1:/t2\n").temporary_directory, "/t1");
}

TEST(SstSettings, LetTheCommandLineOfTheServerWin) {
  settings_of_text settings{"[mysqld]\ninnodb-undo-directory=/a\naria-log-dir-path=/c\n"};
  settings.arguments.server_arguments = {"--innodb_undo_directory=/b", "--tmpdir", "/t"};
  const auto resolved = settings.resolve();
  EXPECT_EQ(resolved.directories.innodb_undo, "/b");
  EXPECT_EQ(resolved.directories.aria_log, "/c");
  EXPECT_EQ(resolved.temporary_directory, "/t");
}

TEST(SstSettings, ReadGroupsWithTheSuffixOfTheServer) {
  settings_of_text settings{
      "[mysqld.2]\ninnodb-undo-directory=/b\n[mgc.2]\ntransfer_limit=7000\n[mgc]\ntransfer_limt=1\n"};
  settings.arguments.defaults_group_suffix = ".2";
  EXPECT_THAT(settings.refusal(), HasSubstr("transfer_limt"));
  settings.text = "[mysqld.2]\ninnodb-undo-directory=/b\n[mgc.2]\ntransfer_limit=7000\n";
  EXPECT_EQ(settings.resolve().directories.innodb_undo, "/b");
  EXPECT_EQ(settings.resolve().transfer_limit, rate::kilobytes_per_second(7000));
}

TEST(SstSettings, KnowWhereTheServerKeepsItsFiles) {
  settings_of_text settings{
      "[mysqld]\ninnodb_data_home_dir=ibdata/\ninnodb_log_group_home_dir=./\n[mariadb-10.11]\n"
      "innodb_undo_directory=/undo//\n[galera]\naria_log_dir_path=../"
      "aria\n[mariadb-11.4]\naria_log_dir_path=/other\n"};
  const auto directories = settings.resolve().directories;
  EXPECT_EQ(directories.innodb_data_home, "/data/ibdata");
  EXPECT_EQ(directories.innodb_log_group_home, "/data");
  EXPECT_EQ(directories.innodb_undo, "/undo");
  EXPECT_EQ(directories.aria_log, "/aria");
  settings.environment.innodb_data_home_dir = "/told";
  EXPECT_EQ(settings.resolve().directories.innodb_data_home, "/told");
}

TEST(SstSettings, KnowWhereTheServerKeepsItsBinaryLogs) {
  settings_of_text settings{"[mysqld]\nlog-bin=/elsewhere/x\n"};
  EXPECT_EQ(settings.resolve().directories.binlog, "");
  const std::vector<std::array<std::string, 4>> cases{
      {"mysql-bin", "", "/data/mysql-bin", "/data/mysql-bin.index"},
      {"./log.d/b", "", "/data/log.d/b", "/data/log.d/b.index"},
      {"/logs/b", "idx", "/logs/b", "/data/idx.index"},
      {"/logs/b", "/lo.gs/idx", "/logs/b", "/lo.gs/idx.index"},
      {"/logs/b", "/logs/b.idx", "/logs/b", "/logs/b.idx"}};
  for (const auto& [binlog, index, path, index_path] : cases) {
    settings.arguments.binlog = binlog;
    settings.arguments.binlog_index = index;
    EXPECT_EQ(settings.resolve().directories.binlog, path);
    EXPECT_EQ(settings.resolve().directories.binlog_index, index_path);
  }
}

// It asks for itself in a way that may give it the name of another.
TEST(SstSettings, NameOurUserToMariadbBackupWhereNobodyNamesOne) {
  settings_of_text settings{"[sst]\n"};
  EXPECT_EQ(settings.resolve().backup_user, "");
  settings.environment.system_user = "mysql";
  EXPECT_EQ(settings.resolve().backup_user, "mysql");
  EXPECT_EQ(settings.resolve().user, "");
  for (const auto* const group :
       {"xtrabackup", "mariabackup", "mariadb-backup", "client", "client-server", "client-mariadb"}) {
    settings.text = std::string{"["} + group + "]\nuser=backup\n";
    EXPECT_EQ(settings.resolve().backup_user, "") << group;
  }
  settings.text = "[mysqld]\nuser=nobody\n";
  EXPECT_EQ(settings.resolve().backup_user, "mysql");
  settings.environment.authentication = "root:secret";
  EXPECT_EQ(settings.resolve().backup_user, "");
}

TEST(SstSettings, TakeTheUserThatTheServerHandsOver) {
  settings_of_text settings{"[sst]\nwsrep-sst-auth=file:secret\n"};
  EXPECT_EQ(settings.resolve().user, "file");
  EXPECT_EQ(settings.resolve().password, "secret");
  settings.environment.authentication = "root:a:b";
  EXPECT_EQ(settings.resolve().user, "root");
  EXPECT_EQ(settings.resolve().password, "a:b");
  settings.environment.authentication = "(null)";
  EXPECT_EQ(settings.resolve().user, "file");
  settings.environment.authentication = "root";
  EXPECT_EQ(settings.resolve().user, "root");
  EXPECT_EQ(settings.resolve().password, "");
}

TEST(SstSettings, NameWhatHasNoEffect) {
  const std::vector<std::string> dropped{"streamfmt=xbstream",
                                         "transferfmt=nc",
                                         "sockopt=,x",
                                         "progress=1",
                                         "time=1",
                                         "compressor=gzip",
                                         "decompressor=gzip -dc",
                                         "sst-syslog=1",
                                         "use-extra=1",
                                         "sst-special-dirs=0",
                                         "encrypt-algo=AES",
                                         "encrypt-format=x",
                                         "encrypt-key-file=/k",
                                         "encrypt-threads=1",
                                         "encrypt-chunk-size=1",
                                         "ssl-dhparams=/d",
                                         "sst-idle-timeout=1",
                                         "sst-wonder=1",
                                         "rlimit"};
  for (const auto& line : dropped) {
    const auto name = line.substr(0, line.find('='));
    EXPECT_THAT(resolve("[sst]\n" + line + "\n").notes,
                ElementsAre(HasSubstr("[sst] " + name + " (my.cnf, line 2): ")));
  }
}

TEST(SstSettings, DoNotLookAtWhatIsForOthers) {
  EXPECT_THAT(resolve("[mysqld]\nwonder=1\n[client]\nrlimit=1\n[mariabackup]\nparallel=4\n").notes,
              IsEmpty());
}

TEST(SstSettings, RefuseAMisspeltLimit) {
  EXPECT_THAT(refusal("[mgc]\ntransfer_limt=6000\n"),
              AllOf(HasSubstr("[mgc] transfer_limt (my.cnf, line 2)"), HasSubstr("transfer_limit"),
                    HasSubstr("tls_key")));
  EXPECT_THAT(resolve("[mgc]\nloose-transfer_wonder=6000\n").notes,
              ElementsAre(HasSubstr("transfer_wonder")));
}

TEST(SstSettings, AreRefusedByPlaceAndValue) {
  const std::vector<std::pair<std::string, std::string>> refused{
      {"[mgc]\ntransfer_limit=fast", "fast"},
      {"[mgc]\ntransfer_limit=0", "'0'"},
      {"[mgc]\ntransfer_limit", "a value is missing"},
      {"[mgc]\ntransfer_budget=budget", "absolute path"},
      {"[mgc]\ntransfer_compress=gzip", "zstd, off or auto"},
      {"[mgc]\ntransfer_timeout=0", "from 1"},
      {"[mgc]\ntransfer_timeout=2m", "'2m'"},
      {"[sst]\nrlimit=fast", "bytes per second"},
      {"[sst]\nrlimit=600", "at least 1024"},
      {"[sst]\nsst-initial-timeout=-1", "from 0"},
      {"[sst]\nbackup-threads=0", "from 1"},
      {"[sst]\nuse-memory=much", "a number of bytes"},
      {"[sst]\ninno-backup-opts=--x 'y", "a quote is not closed"},
      {"[sst]\nsst-log-archive=2", "0 or 1"},
      {"[sst]\nsst-max-binlogs=-2", "from -1"},
      {"[sst]\ncompress=$(id)", "quicklz"},
      {"[sst]\ntmpdir=a\\nb", "control characters"},
      {"[mysqld]\ninnodb_undo_directory=a\\nb", "control characters"}};
  for (const auto& [text, part] : refused) {
    EXPECT_THAT(refusal(text + "\n"), AllOf(HasSubstr("(my.cnf, line 2)"), HasSubstr(part)));
  }
}

}  // namespace
}  // namespace mgc::proxy
