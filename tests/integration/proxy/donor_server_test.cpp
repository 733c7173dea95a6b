// donor_server against a real server: one that a test starts for itself, on a socket in a directory of its own.

#include "proxy/donor_server.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "tests/unit/child_process.hpp"

namespace mgc::proxy {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using test::child_process;
using testing::HasSubstr;
using testing::Not;

// What a program says goes to a file, for a look after a failure.
[[noreturn]] void run(std::vector<std::string> words, const fs::path& log) {
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  ::execvp(pointers[0], pointers.data());
  ::_exit(127);
}

struct server_on_a_socket {
  server_on_a_socket() {
    auto name = (fs::temp_directory_path() / "mgc-test.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error{"mkdtemp"};
    folder = name;
    const auto path = std::string{std::getenv("PATH") == nullptr ? "" : std::getenv("PATH")} + ":/usr/sbin";
    ::setenv("PATH", path.c_str(), 1);
    std::vector<std::string> common{"--no-defaults", "--datadir=" + (folder / "data").string()};
    if (::geteuid() == 0) common.emplace_back("--user=root");
    auto install = common;
    install.insert(install.begin(), "mariadb-install-db");
    install.insert(install.end(),
                   {"--skip-test-db", "--auth-root-authentication-method=socket",
                    std::string{"--auth-root-socket-user="} + ::getpwuid(::geteuid())->pw_name});
    child_process installer{[&]() -> int { run(install, folder / "install.log"); }};
    if (installer.exit_code() != 0) throw std::runtime_error{"mariadb-install-db; see tests/packages.txt"};
    auto serve = common;
    serve.insert(serve.begin(), "mariadbd");
    serve.insert(serve.end(), {"--socket=" + socket(), "--skip-networking", "--innodb-buffer-pool-size=16M",
                               "--innodb-log-file-size=8M", "--pid-file=" + (folder / "pid").string()});
    process = std::make_unique<child_process>([&]() -> int { run(serve, folder / "server.log"); });
    donor_server probe{{socket(), "", ""}};
    for (int i = 0; !probe.sample(); ++i) {
      if (i > 600 || ::waitpid(process->pid(), nullptr, WNOHANG) != 0) throw std::runtime_error{"mariadbd"};
      std::this_thread::sleep_for(100ms);
    }
  }
  ~server_on_a_socket() {
    process.reset();
    fs::remove_all(folder);
  }

  std::string socket() const { return folder / "s"; }

  void sql(const std::string& statement) const {
    child_process client{[&]() -> int {
      run({"mariadb", "--no-defaults", "--socket=" + socket(), "-e", statement}, folder / "client.log");
    }};
    ASSERT_EQ(client.exit_code(), 0) << statement;
  }

  fs::path folder;
  std::unique_ptr<child_process> process;
};

struct DonorServer : testing::Test {
  static void SetUpTestSuite() { server = std::make_unique<server_on_a_socket>(); }
  static void TearDownTestSuite() { server.reset(); }
  static donor_server connect(const std::string& user = "", const std::string& password = "") {
    return donor_server{{server->socket(), user, password}};
  }
  static std::string sst_method() {
    auto other = connect();
    return *other.set_sst_method("rsync");
  }

  static inline std::unique_ptr<server_on_a_socket> server;
};

TEST_F(DonorServer, TellsTheStateOfItsLog) {
  auto donor = connect();
  const auto before = donor.sample();
  ASSERT_TRUE(before) << before.error().text;
  EXPECT_GT(before->lsn_current, 0U);
  EXPECT_LE(before->lsn_last_checkpoint, before->lsn_current);
  EXPECT_EQ(before->log_capacity, (8U << 20) - 12288);
  server->sql(
      "CREATE DATABASE shop; USE shop; CREATE TABLE shop.item ENGINE=InnoDB SELECT seq, REPEAT('x', 1000) "
      "FROM "
      "seq_1_to_1000");
  const auto after = donor.sample();
  ASSERT_TRUE(after) << after.error().text;
  EXPECT_GT(after->lsn_current, before->lsn_current + 1'000'000);
}

TEST_F(DonorServer, SetsTheMethodAndTellsTheOneBefore) {
  auto donor = connect();
  ASSERT_TRUE(donor.set_sst_method("mgc_mariabackup"));
  EXPECT_EQ(*donor.set_sst_method("mariabackup"), "mgc_mariabackup");
  EXPECT_EQ(sst_method(), "mariabackup");
}

TEST_F(DonorServer, SaysWhatTheServerDoesNotLike) {
  auto donor = connect();
  const auto wrong = donor.set_sst_method("no'such;method");
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().text, HasSubstr("SET GLOBAL wsrep_sst_method = 'no\\'such;method'"));
  EXPECT_TRUE(donor.sample()) << "the next call connects again";
}

TEST_F(DonorServer, SaysThatItMayNotAndTellsNoPassword) {
  server->sql("CREATE OR REPLACE USER weak@localhost IDENTIFIED BY 'its secret'");
  auto weak = connect("weak", "its secret");
  EXPECT_TRUE(weak.sample());
  const auto refused = weak.set_sst_method("mariabackup");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().number, 1227U) << refused.error().text;
  auto wrong = connect("weak", "not its secret");
  const auto denied = wrong.sample();
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().number, 1045U) << denied.error().text;
  EXPECT_THAT(denied.error().text, HasSubstr(server->socket() + ": cannot connect as weak: "));
  EXPECT_THAT(denied.error().text, Not(HasSubstr("secret")));
}

TEST_F(DonorServer, SaysThatNobodyIsThere) {
  donor_server nowhere{{"/nowhere/socket", "", ""}};
  const auto answer = nowhere.sample();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().number, 2002U);
  EXPECT_THAT(answer.error().text, HasSubstr("/nowhere/socket"));
}

TEST_F(DonorServer, DoesNotWaitForAServerThatHangs) {
  auto donor = connect();
  ASSERT_TRUE(donor.sample());
  ::kill(server->process->pid(), SIGSTOP);
  for (int i = 0; i < 2; ++i) {  // on the connection it has, and on a new one
    const auto before = clock::now();
    EXPECT_FALSE(donor.sample());
    EXPECT_LT(clock::now() - before, 10s);
  }
  ::kill(server->process->pid(), SIGCONT);
  const auto again = donor.sample();
  EXPECT_TRUE(again) << again.error().text;
}

}  // namespace
}  // namespace mgc::proxy
