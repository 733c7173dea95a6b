#include <gmock/gmock.h>

#include <algorithm>

#include "orchestrator/deploy/deploy_settings.hpp"

namespace mgc::orchestrator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

// As the reference image's users have it, to the letter, but for node1.
std::string reference(const std::string& node1) {
  return "[global]\ncluster_name=demo\nnode1=" + node1 +
         "\nnode2=192.168.1.101\nnode3=192.168.1.102\n[custom]\nmysql_user=demo\nmysql_user_host=%\n"
         "mysql_user_grant=1\nmysql_database=demo\nmysql_user_password=123456\nmysql_root_password="
         "\"demopass\"\n"
         "transfer_limit=6000\ninterface=eth0 # 请务必改成服务器本地网卡名，否则会一直retry check！！\n"
         "memory=512  #512M\nmy_port=3310\nmount_dir=/data/mysql_data\n";
}

struct outcome {
  deploy_settings settings;
  std::vector<std::string> problems;
};
outcome read(const std::string& text) {
  outcome made;
  made.settings = read_deploy_settings(text, "f", made.problems);
  return made;
}

std::string nodes_and(const std::string& lines) {
  return "[global]\nnode1=10.0.0.1\nnode2=10.0.0.2\nnode3=10.0.0.3\n" + lines;
}

// What was made of the file with these lines; there must be nothing wrong.
deploy_settings good(const std::string& lines) {
  auto made = read(nodes_and(lines));
  EXPECT_THAT(made.problems, IsEmpty()) << lines;
  return made.settings;
}

std::vector<std::string> problems_of(const std::string& lines) { return read(nodes_and(lines)).problems; }

std::string variable(const deployed_node& node, const std::string& name) {
  for (const auto& [one, value] : node.container.environment) {
    if (one == name) return value;
  }
  return "not there";
}

TEST(DeploySettings, TakesTheReferencesOwnFile) {
  const auto [settings, problems] = read(reference("192.168.1.100"));
  ASSERT_THAT(problems, IsEmpty());
  ASSERT_EQ(settings.nodes.size(), 3U);
  const auto& node = settings.nodes[1];
  EXPECT_EQ(node.address, "192.168.1.101");
  EXPECT_EQ(to_string(node.engine), "tcp://192.168.1.101:2375");
  EXPECT_EQ(node.container.name, "demo-3310");
  EXPECT_EQ(node.container.image, "mgc:10.11");
  EXPECT_EQ(node.container.memory, std::uint64_t{512} * 1024 * 1024);
  EXPECT_EQ(node.container.restart, "unless-stopped");
  EXPECT_EQ(node.container.stop_timeout, std::chrono::seconds{600});
  ASSERT_EQ(node.container.folders.size(), 2U);
  EXPECT_EQ(node.container.folders[0].host, "/data/mysql_data/demo-3310");
  EXPECT_EQ(node.container.folders[0].inside, "/data/mariadb-galera");
  EXPECT_EQ(node.container.folders[1].host, "/etc/localtime");
  EXPECT_EQ(variable(node, "mysql_root_password"), "demopass");
  EXPECT_EQ(variable(node, "mysql_user_host"), "%");
  EXPECT_EQ(variable(node, "interface"), "eth0");
  EXPECT_EQ(variable(node, "node3"), "192.168.1.102");
  EXPECT_EQ(variable(node, "memory"), "not there");
  EXPECT_EQ(variable(node, "mount_dir"), "not there");
  EXPECT_EQ(settings.ports.peer, 43310);
}

TEST(DeploySettings, RefusesTwoNodesWithOneAddressByBothTheirNames) {
  EXPECT_THAT(
      read(reference("192.168.1.101")).problems,
      ElementsAre(
          "f, line 3: node1 and node2 have the same address, 192.168.1.101; each node needs its own"));
}

TEST(DeploySettings, NamesEverySlipAtOnceWithItsLine) {
  EXPECT_THAT(
      problems_of("memmory=512\nmysql_usr=x\nmy_port=0\npull=sometimes\nmemory=1\nrestart=no\n"
                  "transfer_limit=fast\nmount_dir=data\ndocker7=tcp://h\nnode9.memory=1G\n"),
      UnorderedElementsAre(
          "f, line 5: memmory is no key of 'mgc deploy' and no variable of 'mgc run'; did you mean memory?",
          "f, line 6: mysql_usr is no key of 'mgc deploy' and no variable of 'mgc run'; did you mean "
          "mysql_user?",
          HasSubstr("f, line 7: my_port='0'"), HasSubstr("f, line 8: pull='sometimes': give one of missing"),
          HasSubstr("f, line 9: memory='1'"), HasSubstr("f, line 10: restart='no'"),
          HasSubstr("f, line 11: transfer_limit='fast'"), HasSubstr("f, line 12: mount_dir='data'"),
          "f, line 13: docker7: there is no node7", "f, line 14: node9.memory: there is no node9"));
}

TEST(DeploySettings, NeedsNodes) {
  EXPECT_THAT(read("[a]\nmy_port=3310\n").problems, ElementsAre(HasSubstr("no node")));
}

TEST(DeploySettings, NeedsAddressesOrNamesOfNodes) {
  EXPECT_THAT(read("[a]\nnode1=db-1.example\nnode2=2001:db8::1\n").problems, IsEmpty());
  for (const auto* const text : {"a b", "http://x", "h:80", "x=y"}) {
    const auto problems = read(std::string{"[a]\nnode1="} + text + "\nnode2=h\n").problems;
    EXPECT_THAT(problems, ElementsAre(HasSubstr("f, line 2: node1='"))) << text;
  }
}

TEST(DeploySettings, TakesMemoryInSeveralUnits) {
  constexpr std::uint64_t megabyte = std::uint64_t{1024} * 1024;
  const auto memory = [](const std::string& text) {
    return good("memory=" + text + "\n").nodes[0].container.memory;
  };
  EXPECT_EQ(memory("512"), 512 * megabyte);
  EXPECT_EQ(memory("512M"), 512 * megabyte);
  EXPECT_EQ(memory("2g"), 2048 * megabyte);
  EXPECT_EQ(memory("2GB"), 2048 * megabyte);
  EXPECT_EQ(memory("1048576k"), 1024 * megabyte);
  EXPECT_EQ(memory(""), 0U);
  for (const auto* const text :
       {"-1", "1.5G", "G", "99999999999999999999", "17592186044416G", "12x", "127", "512 M"})
    EXPECT_THAT(problems_of(std::string{"memory="} + text + "\n"), ElementsAre(HasSubstr("memory="))) << text;
}

TEST(DeploySettings, GivesANodeItsOwnValues) {
  const auto settings = good("memory=1G\nnode2.memory=2G\nnode2.mount_dir=/mnt\nnode3.interface=eth1\n");
  EXPECT_EQ(settings.nodes[0].container.memory, std::uint64_t{1} << 30U);
  EXPECT_EQ(settings.nodes[1].container.memory, std::uint64_t{2} << 30U);
  EXPECT_EQ(settings.nodes[1].data, "/mnt/mariadb-galera-3307");
  EXPECT_EQ(variable(settings.nodes[0], "interface"), "not there");
  EXPECT_EQ(variable(settings.nodes[2], "interface"), "eth1");
  EXPECT_THAT(problems_of("node2.my_port=3311\n"), ElementsAre(HasSubstr("the whole cluster's")));
  EXPECT_THAT(problems_of("node2.image=x\n"), ElementsAre(HasSubstr("cannot be given for one node")));
  EXPECT_THAT(problems_of("node2.memmory=1G\n"), ElementsAre(HasSubstr("did you mean memory?")));
}

TEST(DeploySettings, FindsEnginesElsewhereAndWithTls) {
  const auto settings =
      good("docker_tls_ca=/ca.pem\ndocker2=unix:///run/d.sock\ndocker3=tcp://10.0.0.9:77\n");
  EXPECT_EQ(to_string(settings.nodes[0].engine), "https://10.0.0.1:2376");
  EXPECT_EQ(to_string(settings.nodes[1].engine), "unix:///run/d.sock");
  EXPECT_EQ(to_string(settings.nodes[2].engine), "tcp://10.0.0.9:77");
  EXPECT_EQ(to_string(good("docker_port=4000\n").nodes[0].engine), "tcp://10.0.0.1:4000");
  EXPECT_THAT(problems_of("docker1=ssh://x\n"),
              ElementsAre(HasSubstr("f, line 5: docker1='ssh://x': give tcp://HOST:PORT")));
  EXPECT_THAT(problems_of("docker1=tcp://admin:hush@10.0.0.1\n"),
              ElementsAre(AllOf(HasSubstr("line 5: docker1: an engine takes no user and no password"),
                                Not(HasSubstr("hush")))));
  EXPECT_THAT(problems_of("docker_tls_cert=/c\n"), ElementsAre(HasSubstr("need each other")));
}

TEST(DeploySettings, TellsNodesOfOneEngineApart) {
  const auto settings = good("docker1=unix:///run/d.sock\ndocker2=unix:///run/d.sock\n");
  EXPECT_EQ(settings.nodes[0].container.name, "mariadb-galera-3307-node1");
  EXPECT_EQ(settings.nodes[1].data, "/data/mariadb-galera/mariadb-galera-3307-node2");
  EXPECT_EQ(settings.nodes[2].container.name, "mariadb-galera-3307");
  EXPECT_EQ(variable(settings.nodes[0], "local_addr"), "10.0.0.1");
  EXPECT_EQ(variable(settings.nodes[1], "local_addr"), "10.0.0.2");
  EXPECT_EQ(variable(settings.nodes[2], "local_addr"), "not there");
}

TEST(DeploySettings, RefusesOneLocalAddressForAll) {
  EXPECT_THAT(problems_of("local_addr=10.0.0.1\n"),
              testing::Contains(HasSubstr("give it for one node, as node1.local_addr")));
}

TEST(DeploySettings, TakesSecretsFromFilesOfTheHosts) {
  const auto settings =
      good("secrets_dir=/srv/secrets\nmysql_root_password_FILE=/run/secrets/root\nmysql_root_host=%\n");
  EXPECT_EQ(variable(settings.nodes[0], "mysql_root_password_FILE"), "/run/secrets/root");
  const auto& folders = settings.nodes[0].container.folders;
  EXPECT_TRUE(std::any_of(folders.begin(), folders.end(), [](const auto& folder) {
    return folder.host == "/srv/secrets" && folder.inside == "/run/secrets" && folder.read_only &&
           !folder.make;
  }));
  EXPECT_THAT(settings.warnings, Not(testing::Contains(HasSubstr("docker inspect"))));
}

TEST(DeploySettings, WarnsOfOpenPortsAndVisibleSecretsOnce) {
  const auto warnings =
      good("mysql_root_password=hush\ncluster_secret=abcdefghijklmnopqrstuvwxyz\n").warnings;
  EXPECT_THAT(warnings, testing::Contains(HasSubstr(
                            "tcp://10.0.0.1:2375, tcp://10.0.0.2:2375, tcp://10.0.0.3:2375: not protected")));
  EXPECT_THAT(
      warnings,
      testing::Contains(HasSubstr("cluster_secret, mysql_root_password: in the containers' environment")));
  for (const auto& warning : warnings) EXPECT_THAT(warning, Not(HasSubstr("hush")));
}

TEST(DeploySettings, NamesContainersAsDockerAllows) {
  EXPECT_THAT(problems_of("cluster_name=a/b\n"),
              testing::Contains(HasSubstr("f, line 5: cluster_name='a/b'")));
}

TEST(DeploySettings, KeepsImageNamesPlain) {
  EXPECT_EQ(good("image=10.0.0.1:5000/mgc:10.11\n").nodes[0].container.image, "10.0.0.1:5000/mgc:10.11");
  for (const auto* const text : {"a b", "a?tag=b", "../x", "mgc:", "/mgc"})
    EXPECT_THAT(problems_of(std::string{"image='"} + text + "'\n"), ElementsAre(HasSubstr("image="))) << text;
}

}  // namespace
}  // namespace mgc::orchestrator
