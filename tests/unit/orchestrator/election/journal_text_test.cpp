#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <optional>

#include "made_up_journal.hpp"

namespace mgc::orchestrator {
namespace {

using test::made_up_journal;
using testing::HasSubstr;
using testing::StartsWith;

boost::json::object as_json(const journal& what) { return boost::json::parse(to_text(what)).as_object(); }

std::optional<journal> read_back(const journal& what) {
  auto read = parse_journal(to_text(what));
  return read ? std::optional{*std::move(read)} : std::nullopt;
}

std::string problem_of(const std::string& text) {
  const auto read = parse_journal(text);
  return read ? "none" : read.error().text;
}

std::string problem_of(const boost::json::object& object) {
  return problem_of(boost::json::serialize(object));
}

TEST(JournalText, ReturnsWhatWasWritten) { EXPECT_EQ(read_back(made_up_journal()), made_up_journal()); }

TEST(JournalText, ReturnsANewOne) {
  journal fresh;
  fresh.memory = "0123";
  EXPECT_EQ(read_back(fresh), fresh);
}

TEST(JournalText, IsALineOfItsOwn) { EXPECT_THAT(to_text(made_up_journal()), testing::EndsWith("}\n")); }

TEST(JournalText, WithAnyKeyMissingIsRefused) {
  const auto whole = as_json(made_up_journal());
  for (const auto& [key, value] : whole) {
    auto damaged = whole;
    damaged.erase(key);
    EXPECT_THAT(problem_of(damaged), StartsWith("lacks something, or has it in another form: ")) << key;
  }
}

TEST(JournalText, WithAValueOfAnotherKindIsRefused) {
  const auto whole = as_json(made_up_journal());
  for (const auto& [key, value] : whole) {
    auto damaged = whole;
    damaged[key] = boost::json::array{boost::json::object{{"of", "another kind"}}};
    EXPECT_THAT(problem_of(damaged), StartsWith("lacks something, or has it in another form: ")) << key;
  }
}

TEST(JournalText, OfAnotherVersionIsRefused) {
  auto younger = as_json(made_up_journal());
  younger["version"] = 2;
  EXPECT_EQ(problem_of(younger), "is of another version of mgc");
}

TEST(JournalText, CutOffAnywhereIsRefused) {
  const auto whole = to_text(made_up_journal());
  for (std::size_t size = 0; size + 2 < whole.size(); ++size)
    ASSERT_THAT(problem_of(whole.substr(0, size)), StartsWith("is not JSON: ")) << size;
}

TEST(JournalText, OfZerosIsRefused) {
  EXPECT_THAT(problem_of(std::string(300, '\0')), HasSubstr("not JSON"));
}

TEST(JournalText, WithoutAnIdentityIsRefused) {
  auto nameless = made_up_journal();
  nameless.memory.clear();
  EXPECT_EQ(problem_of(to_text(nameless)), "contradicts itself");
}

TEST(JournalText, OfABootstrapWithoutABallotIsRefused) {
  auto groundless = made_up_journal();
  groundless.campaign.reset();
  EXPECT_EQ(problem_of(to_text(groundless)), "contradicts itself");
}

TEST(JournalText, WithANegativeNodeIsRefused) {
  auto damaged = as_json(made_up_journal());
  damaged["expected"] = {boost::json::object{{"node", -1}, {"memory", "ee"}}};
  EXPECT_THAT(problem_of(damaged), StartsWith("lacks something, or has it in another form: "));
}

}  // namespace
}  // namespace mgc::orchestrator
