#include "proxy/node_budget.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/unit/child_process.hpp"

namespace mgc::proxy {
namespace {

namespace errc = boost::system::errc;
namespace fs = std::filesystem;
using shaper::rate;
using test::child_process;
using testing::HasSubstr;

constexpr auto limit = rate::kilobytes_per_second(6000);

// A machine whose /run is a folder of this test.
struct NodeBudget : testing::Test {
  NodeBudget() {
    auto name = (fs::temp_directory_path() / "mgc-test.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error{"mkdtemp"};
    folder = name;
    places = {folder / "mgc", folder / "mysqld"};
  }
  ~NodeBudget() override { fs::remove_all(folder); }

  std::string own_file() const { return places.own + "/budget"; }
  std::string server_file() const { return places.of_server + "/mgc.budget"; }
  void make_own() const { fs::create_directory(places.own); }
  void make_of_server() const { fs::create_directory(places.of_server); }
  node_budget open(const std::string& configured = "") const {
    return std::move(open_node_budget(configured, limit, places).value());
  }

  fs::path folder;
  budget_places places;
};

TEST_F(NodeBudget, IsWhereTheOptionFilesSay) {
  make_own();
  const auto configured = (folder / "elsewhere").string();
  const auto opened = open(configured);
  EXPECT_EQ(opened.file, configured);
  EXPECT_EQ(opened.note, "");
  EXPECT_EQ(opened.budget->tokens().limit(), limit);
  EXPECT_TRUE(fs::exists(configured));
  EXPECT_FALSE(fs::exists(own_file()));
}

TEST_F(NodeBudget, IsAnErrorWhenTheConfiguredFileCannotBeUsed) {
  make_own();
  const auto opened = open_node_budget(folder / "no" / "budget", limit, places);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error(), errc::no_such_file_or_directory);
}

TEST_F(NodeBudget, PrefersItsOwnDirectory) {
  make_own();
  make_of_server();
  const auto opened = open();
  EXPECT_EQ(opened.file, own_file());
  EXPECT_EQ(opened.note, "");
  EXPECT_FALSE(fs::exists(server_file()));
}

TEST_F(NodeBudget, ElseLiesInTheServersDirectory) {
  make_of_server();
  const auto opened = open();
  EXPECT_EQ(opened.file, server_file());
  EXPECT_EQ(opened.note, "");
  EXPECT_FALSE(fs::exists(places.own)) << "a directory that nobody needed";
}

TEST_F(NodeBudget, MakesItsOwnDirectoryWhenThereIsNone) { EXPECT_EQ(open().file, own_file()); }

TEST_F(NodeBudget, IsTheSameForAllTransfers) {
  make_own();
  const auto first = open();
  ASSERT_FALSE(first.budget->set_limit(rate::kilobytes_per_second(1)));
  const auto second = open();
  EXPECT_EQ(second.budget->tokens().limit(), rate::kilobytes_per_second(1)) << "the operator's last word";
  const auto slot = first.budget->claim({"pipe", "", 0});
  EXPECT_EQ(second.budget->transfers().size(), 1U);
}

TEST_F(NodeBudget, IsForOwnerAndGroupWhateverTheUmask) {
  make_own();
  const auto before = ::umask(0);
  const auto opened = open();
  ::umask(before);
  struct stat status {};
  ASSERT_EQ(::stat(own_file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0660U);
}

TEST_F(NodeBudget, TakesTheServersDirectoryWhenItsOwnCannotBeUsed) {
  make_own();
  make_of_server();
  fs::create_directory(own_file());
  const auto opened = open();
  EXPECT_EQ(opened.file, server_file());
  EXPECT_THAT(opened.note, HasSubstr(own_file() + ": not a regular file"));
}

TEST_F(NodeBudget, IsPrivateWhenThereIsNoPlaceAndSaysSo) {
  places = {folder / "no" / "mgc", folder / "no" / "mysqld"};
  const auto opened = open();
  EXPECT_EQ(opened.file, "");
  EXPECT_EQ(opened.budget->tokens().limit(), limit);
  EXPECT_THAT(opened.note, HasSubstr("'mgc status' and 'mgc limit' cannot see this transfer"));
  EXPECT_THAT(opened.note, HasSubstr("transfer_budget in [mgc]"));
  EXPECT_THAT(opened.note, HasSubstr(places.own));
}

TEST_F(NodeBudget, MadeByRootBelongsToTheOwnerOfItsDirectory) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  make_of_server();
  ASSERT_EQ(::chown(places.of_server.c_str(), 65534, 65533), 0);
  EXPECT_EQ(open().file, server_file());
  struct stat status {};
  ASSERT_EQ(::stat(server_file().c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 65534U);
  EXPECT_EQ(status.st_gid, 65533U);
  ASSERT_EQ(::chown(server_file().c_str(), 0, 0), 0);
  EXPECT_EQ(open().file, server_file());
  ASSERT_EQ(::stat(server_file().c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 0U) << "one that was there already is left as it is";
}

TEST_F(NodeBudget, OfAnotherUserIsPassedOverWithANote) {
  make_own();
  make_of_server();
  (void)open();
  fs::permissions(folder, fs::perms::all);
  fs::permissions(places.of_server, fs::perms::all);
  fs::permissions(own_file(), fs::perms::none);
  child_process user{[&] {
    test::become_an_ordinary_user();
    const auto opened = open();
    return opened.file == server_file() &&
                   opened.note.starts_with(own_file() + ": Permission denied; it belongs to ")
               ? 0
               : 1;
  }};
  EXPECT_EQ(user.exit_code(), 0);
}

TEST_F(NodeBudget, IsFoundByThoseWhoLook) {
  EXPECT_EQ(find_node_budget("", "", places), "");
  make_own();
  make_of_server();
  EXPECT_EQ(find_node_budget("", "", places), "") << "a directory is no budget";
  (void)shaper::shared_budget::open_or_create(server_file(), limit);
  EXPECT_EQ(find_node_budget("", "", places), server_file());
  (void)open();
  EXPECT_EQ(find_node_budget("", "", places), own_file());
  EXPECT_EQ(find_node_budget("", "configured", places), "configured");
  EXPECT_EQ(find_node_budget("named", "configured", places), "named");
}

TEST_F(NodeBudget, HasAPlaceBeforeThereIsOne) {
  EXPECT_EQ(place_for_node_budget("", "", places), "");
  EXPECT_EQ(place_for_node_budget("", "configured", places), "configured");
  make_of_server();
  EXPECT_EQ(place_for_node_budget("", "", places), server_file());
  make_own();
  EXPECT_EQ(place_for_node_budget("", "", places), own_file());
  EXPECT_EQ(place_for_node_budget("named", "configured", places), "named");
}

TEST_F(NodeBudget, PlaceIsTheFileThatTransfersWouldTake) {
  make_of_server();
  const auto place = place_for_node_budget("", "", places);
  (void)open_or_create_owned(place, rate::kilobytes_per_second(7));
  EXPECT_EQ(open().budget->tokens().limit(), rate::kilobytes_per_second(7));
}

TEST_F(NodeBudget, ProblemNamesFileAndNextStep) {
  const auto file = own_file();
  EXPECT_EQ(budget_problem(file, errc::make_error_code(errc::no_such_file_or_directory)),
            file + ": there is no directory " + places.own + "; make it, for the server's user to write");
  make_own();
  EXPECT_THAT(budget_problem(file, errc::make_error_code(errc::no_such_file_or_directory)),
              HasSubstr("'mgc limit RATE' does"));
  EXPECT_THAT(budget_problem(file, errc::make_error_code(errc::permission_denied)),
              HasSubstr("Permission denied; its directory belongs to "));
  (void)open();
  EXPECT_THAT(budget_problem(file, errc::make_error_code(errc::permission_denied)),
              testing::AllOf(HasSubstr("mode 0660"), HasSubstr("as that user or as root")));
  EXPECT_EQ(budget_problem(file, shaper::error::budget_foreign),
            file + ": " + make_error_code(shaper::error::budget_foreign).message());
}

}  // namespace
}  // namespace mgc::proxy
