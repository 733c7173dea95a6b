#include "orchestrator/config/resolve_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "orchestrator/config/configuration_text.hpp"
#include "orchestrator/config/user_options.hpp"
#include "tests/unit/orchestrator/config/test_machine.hpp"

namespace mgc::orchestrator {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

resolved good(const std::vector<std::string>& environment, const test_machine& on = {}) {
  auto result = resolve(environment, on);
  EXPECT_THAT(result.problems, IsEmpty());
  return result;
}

TEST(ResolveSettings, MakesAClusterOfTheUsualCommandLine) {
  const auto result = good(
      with_nodes({"cluster_name=demo", "my_port=3310", "mysql_user=demo", "mysql_user_password=123456"}));
  EXPECT_EQ(result.settings.mode, cluster_mode::cluster);
  EXPECT_EQ(result.option("wsrep_cluster_address"),
            "gcomm://192.0.2.1:13310,192.0.2.2:13310,192.0.2.3:13310");
  EXPECT_EQ(result.option("wsrep_node_address"), "192.0.2.2:13310");
  EXPECT_EQ(result.option("wsrep_node_name"), "node2");
  EXPECT_EQ(result.option("wsrep_sst_receive_address"), "192.0.2.2:33310");
  EXPECT_EQ(result.option("wsrep_sst_method"), "mgc_mariabackup");
  EXPECT_EQ(
      result.option("wsrep_provider_options"),
      "gmcast.listen_addr=tcp://192.0.2.2:13310;ist.recv_addr=192.0.2.2:23310;ist.recv_bind=127.0.0.1:23310;"
      "gcache.size=5G");
  EXPECT_EQ(result.settings.ist_bind, "127.0.0.1");
  EXPECT_EQ(result.option("port"), "3310");
  EXPECT_EQ(result.option("server_id"), "2");
  EXPECT_EQ(result.option("innodb_flush_log_at_trx_commit"), "1");
  EXPECT_EQ(result.option("innodb_buffer_pool_size"), "2047M");
  EXPECT_EQ(result.option("datadir"), "/data/mariadb-galera/data");
  EXPECT_EQ(result.option("log_error"), "/data/mariadb-galera/logs/error.log");
  EXPECT_EQ(result.option("transfer_budget", "mgc"), "/data/mariadb-galera/run/budget");
  EXPECT_EQ(result.settings.socket, "/data/mariadb-galera/run/mysqld.sock");
  EXPECT_EQ(result.settings.server_user, "mysql");
}

TEST(ResolveSettings, WritesIpv6WithBrackets) {
  const auto result = good({"node1=2001:db8::1", "node2=2001:db8::2", "node3=2001:db8::3"});
  EXPECT_THAT(result.option("wsrep_cluster_address"),
              HasSubstr("gcomm://[2001:db8::1]:13307,[2001:db8::2]:13307"));
  EXPECT_THAT(result.option("wsrep_provider_options"),
              AllOf(HasSubstr("gmcast.listen_addr=tcp://[2001:db8::2]:13307"),
                    HasSubstr("ist.recv_bind=127.129.0.2:23307")));
}

TEST(ResolveSettings, GivesNodesOfOneMachineTheirOwnInnerAddresses) {
  std::set<std::string> inner;
  for (const auto* const mine : {"127.0.0.11", "127.0.0.12", "127.0.0.1"}) {
    inner.insert(
        good({"node1=127.0.0.11", "node2=127.0.0.12", "node3=127.0.0.1", std::string{"local_addr="} + mine})
            .settings.ist_bind);
  }
  EXPECT_THAT(inner, ElementsAre("127.128.0.1", "127.128.0.11", "127.128.0.12"));
}

TEST(ResolveSettings, LetsTheOperatorWin) {
  const auto result = good(
      with_nodes({"my_innodb_buffer_pool_size=1G", "my_log_error=/x/e.log", "my_Slow-Query-Log-File=/x/s",
                  "my_socket=/x/s.sock", "wsrep_node_name=other", "wsrep_slave_threads=1", "my_user=other",
                  "my_sql_mode=", "my_server_id=77", "wsrep_provider_options=gcache.size=1G; pc.weight=2",
                  "my_init_connect=SET NAMES 'utf8' # = @ & \\"}));
  EXPECT_EQ(result.option("innodb_buffer_pool_size"), "1G");
  EXPECT_EQ(result.option("innodb_log_file_size"), "256M");
  EXPECT_EQ(result.option("log_error"), "/x/e.log");
  EXPECT_EQ(result.option("slow_query_log_file"), "/x/s");
  EXPECT_EQ(result.settings.socket, "/x/s.sock");
  EXPECT_EQ(result.option("wsrep_node_name"), "other");
  EXPECT_EQ(result.option("wsrep_slave_threads"), "1");
  EXPECT_EQ(result.settings.server_user, "other");
  EXPECT_EQ(result.option("sql_mode"), "");
  EXPECT_EQ(result.option("server_id"), "77");
  EXPECT_THAT(
      result.option("wsrep_provider_options"),
      AllOf(HasSubstr("gcache.size=1G;pc.weight=2;"), HasSubstr("ist.recv_bind="), Not(HasSubstr("5G"))));
  EXPECT_EQ(result.option("init_connect"), "SET NAMES 'utf8' # = @ & \\");
  std::multiset<std::string> names;
  for (const auto& o : result.settings.options) names.insert(o.name);
  for (const auto& name : names) EXPECT_EQ(names.count(name), 1U) << name;
}

TEST(ResolveSettings, HasThreeModes) {
  EXPECT_EQ(good({"cluster_mode=single"}).settings.mode, cluster_mode::single);
  EXPECT_EQ(good({"cluster_mode=single"}).option("wsrep_cluster_address"), "gcomm://192.0.2.2:13307");
  EXPECT_EQ(good({"cluster_mode=0", "wsrep_on=on"}).settings.mode, cluster_mode::single);
  const auto plain = good({"cluster_mode=0"});
  EXPECT_EQ(plain.settings.mode, cluster_mode::plain);
  EXPECT_EQ(plain.option("wsrep_on"), "(none)");
  EXPECT_EQ(plain.option("wsrep_provider"), "(none)");
  EXPECT_THAT(resolve({"cluster_mode=2"}).problems, Contains(HasSubstr("cluster_mode='2'")));
  EXPECT_THAT(resolve(with_nodes({"wsrep_on=off"})).problems, ElementsAre(HasSubstr("wsrep_on='off'")));
}

TEST(ResolveSettings, NamesJoinAddressesWithThePort) {
  EXPECT_EQ(good({"join_address=192.0.2.1,db2,192.0.2.3:999,2001:db8::9"}).option("wsrep_cluster_address"),
            "gcomm://192.0.2.1:13307,db2:13307,192.0.2.3:999,[2001:db8::9]:13307");
}

TEST(ResolveSettings, KeepsTheLimitUnderOldNamesOfMethods) {
  const auto result = good(with_nodes({"wsrep_sst_method=rsync"}));
  EXPECT_EQ(result.option("wsrep_sst_method"), "mgc_rsync");
  EXPECT_THAT(result.settings.warnings,
              ElementsAre(AllOf(HasSubstr("wsrep_sst_method='rsync'"), HasSubstr("mgc_rsync"))));
  EXPECT_EQ(good(with_nodes({"wsrep_sst_method=mariabackup"})).option("wsrep_sst_method"), "mgc_mariabackup");
  EXPECT_THAT(good(with_nodes({"wsrep_sst_method=mysqldump"})).settings.warnings,
              ElementsAre(HasSubstr("transfer_limit does not hold")));
}

TEST(ResolveSettings, ReadsTheLimitInKilobytes) {
  EXPECT_EQ(good(with_nodes({"transfer_limit=6000"})).option("transfer_limit", "mgc"), "6000");
  EXPECT_THAT(resolve(with_nodes({"transfer_limit=fast"})).problems,
              ElementsAre(HasSubstr("transfer_limit='fast'")));
}

TEST(ResolveSettings, FitsTheCacheToTheDisk) {
  test_machine on;
  on.disk = std::uint64_t{8} << 30;
  EXPECT_THAT(good(with_nodes(), on).option("wsrep_provider_options"), HasSubstr("gcache.size=2048M"));
  EXPECT_THAT(good(with_nodes({"gcache_size=7G"}), on).option("wsrep_provider_options"),
              HasSubstr("gcache.size=7G"));
  EXPECT_THAT(resolve(with_nodes({"gcache_size=7G", "wsrep_provider_options=gcache.size=1G"})).problems,
              ElementsAre(HasSubstr("gcache.size='1G'")));
}

TEST(ResolveSettings, KeepsPortsInProviderOptionsToThePortsOfTheNode) {
  good(with_nodes({"wsrep_provider_options=gmcast.listen_addr=tcp://0.0.0.0:13307"}));
  EXPECT_THAT(resolve(with_nodes({"wsrep_provider_options=gmcast.listen_addr=tcp://0.0.0.0:4567"})).problems,
              ElementsAre(HasSubstr("gmcast_list_port")));
  EXPECT_THAT(resolve(with_nodes({"wsrep_provider_options=ist.recv_bind=0.0.0.0"})).problems,
              ElementsAre(HasSubstr("ist.recv_bind")));
}

TEST(ResolveSettings, WarnsOfWhatACrashCanLose) {
  EXPECT_THAT(good(with_nodes({"my_innodb_flush_log_at_trx_commit=2"})).settings.warnings,
              ElementsAre(HasSubstr("when all nodes crash together")));
}

TEST(ResolveSettings, RefusesWhatOnlyMgcMaySay) {
  for (const auto* const one :
       {"wsrep_new_cluster=1", "my_wsrep-new-cluster=1", "wsrep_start_position=x", "my_bootstrap=1",
        "my_defaults_file=/x", "my_Port=1", "my_=1", "my_a b=1", "wsrep_cluster_address=gcomm://"}) {
    EXPECT_EQ(resolve(with_nodes({one})).problems.size(), 1U) << one;
  }
}

TEST(ResolveSettings, RefusesOneOptionWithTwoValues) {
  EXPECT_THAT(resolve(with_nodes({"my_max_connections=1", "my_max-connections=2"})).problems,
              ElementsAre(HasSubstr("the same option with two values")));
  good(with_nodes({"my_wsrep_slave_threads=3", "wsrep_slave_threads=3"}));
}

TEST(ResolveSettings, KeepsStateOutOfTheDatadir) {
  EXPECT_THAT(resolve(with_nodes({"my_datadir=/d", "lock_dir=/d/lock"})).problems,
              ElementsAre(AllOf(HasSubstr("lock_dir"), HasSubstr("/d/lock"))));
  EXPECT_THAT(resolve(with_nodes({"my_datadir=/data/mariadb-galera"})).problems,
              ElementsAre(HasSubstr("datadir")));
  EXPECT_THAT(resolve(with_nodes({"my_datadir=data"})).problems, ElementsAre(HasSubstr("my_datadir='data'")));
}

TEST(ResolveSettings, PutsNoSecretIntoTextsOrTheOptionFile) {
  const auto result = good(
      with_nodes({"cluster_secret=hidden-hidden-hidden", "mysql_root_password=hidden", "mysql_user=u",
                  "mysql_user_password=hidden", "mysql_sst_password=hidden", "wsrep_sst_auth=u:hidden"}));
  EXPECT_EQ(result.settings.cluster_secret.reveal(), "hidden-hidden-hidden");
  EXPECT_EQ(result.option("cluster_secret_file", "mgc"), "/data/mariadb-galera/run/cluster_secret");
  EXPECT_THAT(configuration_text(result.settings), Not(HasSubstr("hidden")));
  EXPECT_THAT(configuration_json(result.settings), Not(HasSubstr("hidden")));
  for (const auto& line : result.settings.warnings) EXPECT_THAT(line, Not(HasSubstr("hidden")));
}

TEST(ResolveSettings, FindsEverythingThatIsWrongAtOnce) {
  EXPECT_EQ(resolve({"node1=192.0.2.9", "my_port=x", "transfer_limit=x", "gcache_size=x", "log_format=x",
                     "mysql_root_host=%", "transfer_tls=psk", "base_dir=x", "tls_ca=/none"})
                .problems.size(),
            9U);
}

TEST(Accounts, AreChecked) {
  EXPECT_THAT(resolve(with_nodes({"mysql_user=u"})).problems, ElementsAre(HasSubstr("no password")));
  EXPECT_THAT(resolve(with_nodes({"mysql_root_password=x", "mysql_random_root_password=1"})).problems,
              ElementsAre(HasSubstr("keep one of the two")));
  EXPECT_THAT(resolve(with_nodes({"mysql_user_grant=1", "mysql_user_grand=0"})).problems,
              ElementsAre(HasSubstr("the same setting")));
  const auto given =
      good(with_nodes({"mysql_user=u", "mysql_user_password=p", "mysql_user_grand=1", "mysql_database=d"}));
  EXPECT_TRUE(given.settings.accounts.user_grant);
  EXPECT_EQ(given.settings.accounts.user_database, "d");
  EXPECT_EQ(given.settings.accounts.user_host, "%");
  EXPECT_THAT(given.settings.warnings, IsEmpty());
}

}  // namespace
}  // namespace mgc::orchestrator
