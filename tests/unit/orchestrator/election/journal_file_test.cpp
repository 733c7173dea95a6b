#include "orchestrator/election/journal_file.hpp"
#include "orchestrator/election/random_id.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "made_up_journal.hpp"
#include "proxy/bad_setting.hpp"
#include "tests/temporary_folder.hpp"

namespace mgc::test {
namespace {

using namespace orchestrator;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using testing::ThrowsMessage;

journal another_one() {
  auto changed = made_up_journal();
  changed.memory = "4567";
  return changed;
}

TEST(JournalFile, ReturnsWhatWasWritten) {
  const temporary_folder lock;
  const journal_file file{lock / "election.json"};
  ASSERT_FALSE(file.write(another_one()));
  ASSERT_FALSE(file.write(made_up_journal()));
  EXPECT_EQ(file.read(), made_up_journal());
}

TEST(JournalFile, IsUnsetWhereThereIsNone) {
  const temporary_folder lock;
  EXPECT_EQ(journal_file{lock / "election.json"}.read(), std::nullopt);
}

TEST(JournalFile, ThatIsDamagedIsRefusedWithItsNameAndWhatToDo) {
  const temporary_folder lock;
  const journal_file file{lock.write("election.json", "{\"version\": 1")};
  EXPECT_THAT([&] { (void)file.read(); },
              ThrowsMessage<proxy::bad_setting>(AllOf(
                  StartsWith(file.path() + ": is not JSON: "),
                  HasSubstr("It holds what this node promised to others; if none of the cluster's nodes "
                            "is starting now, move it away"))));
}

TEST(JournalFile, ThatIsEmptyIsRefused) {
  const temporary_folder lock;
  const journal_file file{lock.write("election.json", "")};
  EXPECT_THROW((void)file.read(), proxy::bad_setting);
}

TEST(JournalFile, ThatCannotBeReadIsRefusedWithTheReason) {
  const temporary_folder lock;
  const journal_file file{lock.path()};
  EXPECT_THAT([&] { (void)file.read(); },
              ThrowsMessage<proxy::bad_setting>(StartsWith(lock.path() + ": Is a directory")));
}

TEST(JournalFile, ThatCannotBeReplacedStaysAsItWas) {
  const temporary_folder lock;
  const journal_file file{lock / "election.json"};
  ASSERT_FALSE(file.write(made_up_journal()));
  lock.write("election.json.mgc-new/in the way", "");
  EXPECT_TRUE(file.write(another_one()));
  EXPECT_EQ(file.read(), made_up_journal());
}

TEST(JournalFile, TellsThatItCannotBeWritten) {
  const temporary_folder lock;
  EXPECT_EQ(journal_file{lock / "missing/election.json"}.write(made_up_journal()),
            boost::system::errc::no_such_file_or_directory);
  EXPECT_TRUE(journal_file{"/proc/election.json"}.write(made_up_journal()));
}

TEST(JournalFile, LeavesNothingElseBehind) {
  const temporary_folder lock;
  ASSERT_FALSE(journal_file{lock / "election.json"}.write(made_up_journal()));
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator{lock.path()})
    names.push_back(entry.path().filename());
  EXPECT_THAT(names, testing::ElementsAre("election.json"));
}

TEST(JournalFile, GetsIdentitiesThatAreNeverTheSame) {
  EXPECT_THAT(random_id(), testing::MatchesRegex("[0-9a-f]+"));
  EXPECT_EQ(random_id().size(), 32U);
  EXPECT_NE(random_id(), random_id());
}

}  // namespace
}  // namespace mgc::test
