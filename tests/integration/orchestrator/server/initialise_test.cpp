// New data directories, made by a real server.

#include "orchestrator/server/initialise.hpp"

#include <gmock/gmock.h>
#include <sys/wait.h>

#include <csignal>
#include <set>

#include "orchestrator/server/inspect.hpp"
#include "orchestrator/server/new_datadir.hpp"
#include "proxy/server_connection.hpp"
#include "tests/integration/orchestrator/server/local_node.hpp"
#include "tests/unit/child_process.hpp"

namespace mgc::orchestrator {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::child_process;
using test::local_node;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

struct Initialise : testing::Test {
  local_node node;

  answer<> make() { return node.run(initialise(node.host())); }

  // The data directory and what is beside it.
  std::set<std::string> directories() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator{node.folder().path()}) {
      const auto name = entry.path().filename().string();
      if (name.starts_with("data")) names.insert(name);
    }
    return names;
  }
  void add(const std::string& name, const std::string& text) {
    node.give(node.folder().write("initdb.d/" + name, text));
  }
  void add_packed(const std::string& name, const std::string& program, const std::string& text) {
    add("plain", text);
    const auto command = program + " -c < '" + (node.folder() / "initdb.d/plain") + "' > '" +
                         (node.folder() / ("initdb.d/" + name)) + "'";
    ASSERT_EQ(std::system(command.c_str()), 0);
    fs::remove(node.folder() / "initdb.d/plain");
  }
  data_kind kind() {
    const journal memory;
    const auto found = node.run(inspect(node.host(), memory));
    EXPECT_TRUE(found) << found.error();
    return found ? found->kind : data_kind::aborted;
  }
};

// Answers on what was made, without Galera.
class made_server {
 public:
  explicit made_server(local_node& node) : node_{node} {
    server_start how;
    how.further = {"--wsrep-on=OFF", "--wsrep-provider=none"};
    auto started = server_process::start(node.host(), how);
    if (!started) throw std::runtime_error{started.error()};
    server_.emplace(*std::move(started));
    while (ask("", "", "SELECT 1, 1").empty()) {
      if (::kill(server_->pid(), 0) != 0) throw std::runtime_error{node.log("error.log")};
      std::this_thread::sleep_for(50ms);
    }
  }
  ~made_server() {
    server_->stop();
    (void)node_.run(server_->ended());
  }
  made_server(const made_server&) = delete;

  // The second column of the first row, or what the server says.
  std::string ask(const std::string& user, const std::string& password, const std::string& statement) {
    proxy::server_connection server{{node_.settings.socket, user, password}};
    const auto rows = server.query(statement);
    if (!rows) return rows.error().number == 2002 ? "" : rows.error().text;
    return rows->empty() ? "nothing" : rows->front().second;
  }

 private:
  local_node& node_;
  std::optional<server_process> server_;
};

TEST_F(Initialise, MakesACompleteDirectory) {
  const auto made = make();
  ASSERT_TRUE(made) << made.error() << node.log("initialise.log");
  EXPECT_THAT(directories(), ElementsAre("data"));
  EXPECT_EQ(kind(), data_kind::plain);
  EXPECT_FALSE(fs::exists(node.folder() / "data/mgc.pid"));
}

TEST_F(Initialise, LetsInWhomItShall) {
  const std::string odd = "it's \\ a \"pass\" `word`; -- ü漢 %_#\t$";
  auto& accounts = node.settings.accounts;
  accounts.root_password = secret{odd};
  accounts.root_host = "%";
  accounts.user = "o'neil\\";
  accounts.user_password = secret{odd + "!"};
  accounts.user_database = accounts.database = "my_shop`s";
  accounts.user_host = "localhost";
  const auto made = make();
  ASSERT_TRUE(made) << made.error();
  EXPECT_THAT(node.log("initialise.log"), Not(HasSubstr("漢")));
  made_server server{node};
  EXPECT_EQ(server.ask("root", odd, "SELECT 1, CURRENT_USER()"), "root@localhost");
  if (::geteuid() == 0) {
    EXPECT_EQ(server.ask("root", "", "SELECT 1, CURRENT_USER()"), "root@localhost") << "by the socket";
  }
  EXPECT_EQ(server.ask("", "", "SELECT 1, plugin FROM mysql.user WHERE User = 'root' AND Host = '%'"),
            "mysql_native_password");
  EXPECT_EQ(server.ask("", "", "SELECT 1, COUNT(*) FROM mysql.user WHERE User = ''"), "0");
  EXPECT_EQ(server.ask(accounts.user, odd + "!", "SELECT 1, CURRENT_USER()"), "o'neil\\@localhost");
  EXPECT_THAT(server.ask(accounts.user, odd, "SELECT 1, 1"), HasSubstr("denied"));
  EXPECT_EQ(server.ask(accounts.user, odd + "!", "CREATE TABLE `my_shop``s`.t (a INT)"), "nothing");
  EXPECT_THAT(server.ask(accounts.user, odd + "!", "CREATE DATABASE `myxshop``s`"), HasSubstr("denied"))
      << "_ in the name of a database stands for itself";
}

TEST_F(Initialise, PrintsAGeneratedPasswordOnce) {
  node.settings.accounts.random_root_password = true;
  testing::internal::CaptureStdout();
  const auto made = make();
  const auto printed = testing::internal::GetCapturedStdout();
  ASSERT_TRUE(made) << made.error();
  constexpr std::string_view intro = "GENERATED ROOT PASSWORD: ";
  const auto at = printed.find(intro);
  ASSERT_NE(at, std::string::npos) << printed;
  const auto password = printed.substr(at + intro.size(), 32);
  EXPECT_EQ(printed.find(password, at + intro.size() + 1), std::string::npos);
  EXPECT_EQ(printed[at + intro.size() + 32], '\n');
  made_server server{node};
  EXPECT_EQ(server.ask("", "",
                       "SELECT 1, JSON_VALUE(Priv, '$.authentication_string') = PASSWORD('" + password +
                           "') OR Priv LIKE CONCAT('%', PASSWORD('" + password +
                           "'), '%') FROM mysql.global_priv WHERE User = 'root' AND Host = 'localhost'"),
            "1");
}

TEST_F(Initialise, RunsTheOperatorsFilesInTheirOrder) {
  node.settings.accounts.database = "shop";
  add("10-first.sql",
      "CREATE TABLE said (number INT AUTO_INCREMENT PRIMARY KEY, what TEXT);\nINSERT INTO said (what) "
      "VALUES ('größe');\n");
  add("20-second.sh",
      "set -e\nmariadb --no-defaults --socket=\"$MGC_SOCKET\" \"$MGC_DATABASE\" -e \"INSERT INTO said "
      "(what) VALUES ('sh')\"\n");
  add("25-own.sh",
      "#!/usr/bin/env python3\nimport os, subprocess\nsubprocess.run(['mariadb', '--no-defaults', "
      "'--socket=' + os.environ['MGC_SOCKET'], 'shop', '-e', \"INSERT INTO said (what) VALUES "
      "('python')\"], check=True)\n");
  fs::permissions(node.folder() / "initdb.d/25-own.sh", fs::perms{0755});
  add_packed("30-third.sql.gz", "gzip", "INSERT INTO said (what) VALUES ('gz');\n");
  add_packed("40-fourth.sql.xz", "xz", "INSERT INTO said (what) VALUES ('xz');\n");
  add_packed("50-fifth.sql.zst", "zstd", "INSERT INTO said (what) VALUES ('zst');\n");
  add("60-sixth.env", "no=sql\n");
  add("README", "no SQL either\n");
  const auto made = make();
  ASSERT_TRUE(made) << made.error();
  made_server server{node};
  EXPECT_EQ(server.ask("", "", "SELECT 1, GROUP_CONCAT(what ORDER BY number) FROM shop.said"),
            "größe,sh,python,gz,xz,zst");
}

TEST_F(Initialise, FailingFileIsNamedAndLeavesNothing) {
  add("10-good.sql", "CREATE DATABASE good;\n");
  add("20-bad.sql", "CREATE DATABASE bad;\nnonsense;\n");
  auto failed = make();
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error(), HasSubstr("20-bad.sql"));
  EXPECT_THAT(failed.error(), HasSubstr("near 'nonsense'"));
  EXPECT_THAT(directories(), ElementsAre());

  add("20-bad.sql", "");
  add("30-bad.sh", "echo what went wrong\nexit 7\n");
  failed = make();
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error(), HasSubstr("30-bad.sh failed (exit code 7)"));
  EXPECT_THAT(failed.error(), HasSubstr("what went wrong"));
  EXPECT_THAT(directories(), ElementsAre());

  fs::remove(node.folder() / "initdb.d/30-bad.sh");
  add("40-cut.sql.gz", "\x1f\x8b\x08");
  failed = make();
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error(), HasSubstr("40-cut.sql.gz failed (gzip: exit code 1)"));
  EXPECT_THAT(directories(), ElementsAre());

  fs::remove(node.folder() / "initdb.d/40-cut.sql.gz");
  EXPECT_TRUE(make());
}

TEST_F(Initialise, CancelledLeavesNothing) {
  add("10-long.sh", "echo > '" + (node.folder() / "tmp/begun") + "'\nexec sleep 1000\n");
  using namespace boost::asio::experimental::awaitable_operators;
  node.run([](Initialise& of) -> boost::asio::awaitable<bool> {
    auto begun = [](std::string file) -> boost::asio::awaitable<void> {
      boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor};
      while (!fs::exists(file)) {
        timer.expires_after(20ms);
        co_await timer.async_wait(boost::asio::use_awaitable);
      }
    };
    const auto which = co_await (initialise(of.node.host()) || begun(of.node.folder() / "tmp/begun"));
    co_return which.index() == 0;
  }(*this));
  EXPECT_THAT(directories(), ElementsAre());
}

bool has_begun_to_make_tables(const local_node& node) {
  for (const auto& entry : fs::directory_iterator{node.folder().path()}) {
    if (entry.path().filename().string().starts_with("data.new-") && fs::exists(entry.path() / "ibdata1"))
      return true;
  }
  return false;
}

// Wherever a kill -9 finds it, the next one waits for what is left of it, and works.
TEST_F(Initialise, BeginsAnewAfterAKill) {
  const auto begun = node.folder() / "tmp/begun";
  const auto script = node.folder() / "initdb.d/10-long.sh";
  for (const bool early : {true, false}) {
    add("10-long.sh", "echo > '" + begun + "'\nexec sleep 1000\n");
    child_process killed{[&]() -> int {
      node.context.notify_fork(boost::asio::io_context::fork_child);
      return make() ? 0 : 1;
    }};
    node.forget_lock();
    test::wait_until([&] { return early ? has_begun_to_make_tables(node) : fs::exists(begun); });
    killed.kill();
    EXPECT_FALSE(fs::exists(node.folder() / "data"));
    node.wait_for_lock();
    fs::remove(script);
    fs::remove(begun);
    const auto made = make();
    ASSERT_TRUE(made) << made.error();
    EXPECT_THAT(directories(), ElementsAre("data"));
    EXPECT_EQ(kind(), data_kind::plain);
    fs::remove_all(node.folder() / "data");
  }
}

TEST_F(Initialise, MovesIntoADirectoryThatHasSomethingOfTheOperators) {
  node.folder().write("data/lost+found/x", "");
  node.folder().write("data/custom.cnf", "[mysqld]\n");
  ASSERT_EQ(kind(), data_kind::empty);
  const auto made = make();
  ASSERT_TRUE(made) << made.error();
  EXPECT_EQ(kind(), data_kind::plain);
  EXPECT_TRUE(fs::exists(node.folder() / "data/custom.cnf"));
  EXPECT_FALSE(fs::exists(node.folder() / (std::string{"data/"} + incomplete_marker)));
  for (const auto& entry : fs::directory_iterator{node.folder() / "data"})
    EXPECT_FALSE(entry.path().filename().string().starts_with(".mgc")) << entry.path();
  made_server server{node};
  EXPECT_EQ(server.ask("", "", "SELECT 1, 2"), "2");
}

TEST_F(Initialise, HalfAMoveIsNoDirectory) {
  node.folder().write("data/custom.cnf", "");
  ASSERT_TRUE(make());
  std::string list;
  for (const auto& entry : fs::directory_iterator{node.folder() / "data"}) {
    const auto name = entry.path().filename().string();
    if (name != "custom.cnf") list += name + "\n";
  }
  node.folder().write(std::string{"data/"} + incomplete_marker, list);
  fs::remove_all(node.folder() / "data/mysql");
  EXPECT_EQ(kind(), data_kind::empty);
  ASSERT_TRUE(make_empty_datadir(node.settings));
  EXPECT_TRUE(fs::exists(node.folder() / "data/custom.cnf"));
  EXPECT_FALSE(fs::exists(node.folder() / "data/ibdata1"));
  EXPECT_TRUE(make());
  EXPECT_EQ(kind(), data_kind::plain);
}

TEST_F(Initialise, OptionsThatPointIntoTheDirectoryPointIntoTheNewOne) {
  const auto data = node.settings.directories.data;
  node.settings.options.push_back({.name = "innodb_data_home_dir", .value = data, .origin = "test"});
  node.settings.options.push_back(
      {.name = "innodb_log_group_home_dir", .value = data + "/", .origin = "test"});
  node.write_options("innodb-data-home-dir=" + data + "\ninnodb-log-group-home-dir=" + data + "/\n");
  const auto made = make();
  ASSERT_TRUE(made) << made.error();
  EXPECT_TRUE(fs::exists(data + "/ibdata1"));
  EXPECT_TRUE(fs::exists(data + "/ib_logfile0"));
}

}  // namespace
}  // namespace mgc::orchestrator
