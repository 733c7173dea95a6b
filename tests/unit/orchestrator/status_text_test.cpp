#include "orchestrator/status_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace mgc::orchestrator {
namespace {

using namespace std::chrono_literals;
using shaper::holder;
using shaper::rate;
using shaper::transfer_view;
using testing::HasSubstr;
using testing::SizeIs;

constexpr auto limit = rate::kilobytes_per_second(6000);
constexpr std::uint64_t megabyte = 1024 * 1024;
const std::chrono::system_clock::time_point began{1'700'000'000s};

moment after(std::chrono::nanoseconds time) {
  return {shaper::time_point{1000s} + time,
          began + std::chrono::duration_cast<std::chrono::nanoseconds>(time)};
}

transfer_view view(std::uint64_t bytes, std::uint64_t total = 0) {
  transfer_view made;
  made.identity = {"mgc_mariabackup", "192.0.2.1:4444", total};
  made.stage = "copying data";
  made.pid = 77;
  made.started = began;
  made.figures.bytes = bytes;
  return made;
}

transfer_view waiting_for(transfer_view made, holder h, std::chrono::nanoseconds time) {
  made.figures.waited[static_cast<std::size_t>(h)] = time;
  return made;
}

// One transfer, half done after ten seconds, of which the limit held it back for all of the last.
transfers_status half_done() {
  status_sampler sampler{"/run/mgc/budget"};
  (void)sampler.look({waiting_for(view(54 * megabyte, 120 * megabyte), holder::tokens, 1s)}, limit,
                     after(9s));
  return sampler.look({waiting_for(view(60 * megabyte, 120 * megabyte), holder::tokens, 2s)}, limit,
                      after(10s));
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> found;
  std::size_t begin = 0;
  for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    found.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  EXPECT_EQ(begin, text.size()) << "the last line has no end";
  return found;
}

TEST(StatusSampler, MeasuresTheRateOfTheLastSecond) {
  const auto now = half_done().transfers.at(0).progress;
  EXPECT_DOUBLE_EQ(now.bytes_per_second, 6.0 * megabyte);
  EXPECT_DOUBLE_EQ(now.average_bytes_per_second, 6.0 * megabyte);
  EXPECT_EQ(now.elapsed, 10s);
  EXPECT_EQ(now.held_by, holder::tokens);
  EXPECT_EQ(now.remaining(), 10s);
}

TEST(StatusSampler, MeasuresATransferThatBeganLessThanASecondAgo) {
  status_sampler sampler{""};
  const auto seen = sampler.look({view(megabyte)}, limit, after(500ms));
  EXPECT_DOUBLE_EQ(seen.transfers.at(0).progress.bytes_per_second, 2.0 * megabyte);
}

TEST(StatusSampler, TakesATotalThatBecomesKnownLater) {
  status_sampler sampler{""};
  EXPECT_EQ(sampler.look({view(1)}, limit, after(1s)).transfers.at(0).progress.percent(), std::nullopt);
  EXPECT_EQ(sampler.look({view(5, 10)}, limit, after(2s)).transfers.at(0).progress.percent(), 50);
}

TEST(StatusSampler, DoesNotTakeOneTransferForAnother) {
  status_sampler sampler{""};
  (void)sampler.look({view(100 * megabyte)}, limit, after(10s));
  auto next = view(megabyte);
  next.started = began + 10s;
  const auto seen = sampler.look({next}, limit, after(11s));
  EXPECT_DOUBLE_EQ(seen.transfers.at(0).progress.bytes_per_second, 1.0 * megabyte);
  EXPECT_EQ(seen.transfers.at(0).progress.elapsed, 1s);
}

TEST(StatusSampler, ShowsTheOldestFirst) {
  status_sampler sampler{""};
  auto later = view(1);
  later.started += 1s;
  later.pid = 2;
  const auto seen = sampler.look({later, view(2)}, limit, after(2s));
  ASSERT_THAT(seen.transfers, SizeIs(2));
  EXPECT_EQ(seen.transfers[0].pid, 77U);
  EXPECT_EQ(seen.transfers[1].pid, 2U);
}

TEST(StatusSampler, BearsAWallClockThatWasSetBack) {
  status_sampler sampler{""};
  const auto seen = sampler.look({view(megabyte)}, limit, after(-1h)).transfers.at(0).progress;
  EXPECT_EQ(seen.elapsed, 0s);
  EXPECT_GE(seen.bytes_per_second, 0);
}

TEST(StatusText, TellsAllOfATransfer) {
  EXPECT_EQ(
      status_text(half_done()),
      "Limit 6000 KB/s, 1 transfer is running (budget /run/mgc/budget)\n"
      "mgc_mariabackup 192.0.2.1:4444: copying data\n"
      "  60.00 MiB of 120.00 MiB in 0:10, 6144 KiB/s (average 6144 KiB/s), limit 6000 KB/s, 50.0%, ETA 0:10, "
      "held back by the limit\n");
}

TEST(StatusText, SaysThatNothingRuns) {
  EXPECT_EQ(status_text({"/b", rate::paused(), {}}), "Limit paused, no transfer is running (budget /b)\n");
  EXPECT_EQ(status_text({"/b", rate::unlimited(), {}}),
            "Limit unlimited, no transfer is running (budget /b)\n");
}

TEST(StatusText, LeavesOutWhatATransferDoesNotSay) {
  auto silent = view(1);
  silent.identity.peer = "";
  silent.stage = "";
  EXPECT_EQ(lines(status_text(status_sampler{"/b"}.look({silent}, limit, after(1s)))).at(1),
            "mgc_mariabackup");
}

TEST(StatusText, LetsNoNameDriveTheTerminal) {
  auto hostile = view(1);
  hostile.identity.kind = "a\033[2Jb";
  hostile.identity.peer = "c\nd\x7f";
  hostile.stage = "\xff\r";
  const auto status = status_sampler{"/b"}.look({hostile}, limit, after(1s));
  EXPECT_EQ(lines(status_text(status)).at(1), "a?[2Jb c?d?: ??");
  EXPECT_EQ(lines(status_screen(status, 80, 24)).at(1), "a?[2Jb c?d?: ??");
  EXPECT_THAT(status_json(status), HasSubstr(R"("kind":"a?[2Jb","peer":"c?d?","stage":"??")"));
}

TEST(StatusScreen, DrawsABar) {
  const auto shown = lines(status_screen(half_done(), 100, 24));
  ASSERT_THAT(shown, SizeIs(3));
  EXPECT_EQ(shown[0], "Limit 6000 KB/s, 1 transfer is running (budget /run/mgc/budget)");
  EXPECT_EQ(shown[1], "mgc_mariabackup 192.0.2.1:4444: copying data");
  EXPECT_THAT(shown[2], HasSubstr("[="));
  EXPECT_THAT(shown[2], HasSubstr("held back by the limit"));
}

TEST(StatusScreen, FitsEveryTerminal) {
  status_sampler sampler{"/a/long/name/of/a/budget/file"};
  std::vector<transfer_view> many;
  for (int i = 0; i < 30; ++i) {
    many.push_back(view(megabyte, 2 * megabyte));
    many.back().pid = static_cast<std::uint32_t>(i);
  }
  const auto status = sampler.look(many, limit, after(10s));
  for (std::size_t columns = 1; columns < 120; columns += 7) {
    for (std::size_t rows = 1; rows < 80; ++rows) {
      const auto shown = lines(status_screen(status, columns, rows));
      ASSERT_LE(shown.size(), rows);
      for (const auto& line : shown) ASSERT_LE(line.size(), columns);
    }
  }
}

TEST(StatusScreen, CountsWhatHasNoRoom) {
  std::vector<transfer_view> many(3, view(1));
  for (std::size_t i = 0; i < many.size(); ++i) many[i].pid = static_cast<std::uint32_t>(i);
  const auto status = status_sampler{"/b"}.look(many, limit, after(1s));
  EXPECT_THAT(lines(status_screen(status, 80, 7)), SizeIs(7)) << "just enough room";
  EXPECT_EQ(lines(status_screen(status, 80, 6)).back(), "... and 1 more");
  EXPECT_EQ(lines(status_screen(status, 80, 5)).back(), "... and 2 more");
  EXPECT_EQ(lines(status_screen(status, 80, 2)).back(), "... and 3 more");
}

TEST(StatusJson, IsOneObjectWithAllFigures) {
  const auto text = status_json(half_done());
  EXPECT_THAT(lines(text), SizeIs(1));
  const auto status = boost::json::parse(text).as_object();
  EXPECT_EQ(status.at("budget"), "/run/mgc/budget");
  EXPECT_EQ(status.at("limit_bytes_per_second"), 6000 * 1024);
  ASSERT_EQ(status.at("transfers").as_array().size(), 1U);
  const auto transfer = status.at("transfers").as_array()[0].as_object();
  EXPECT_EQ(transfer.at("kind"), "mgc_mariabackup");
  EXPECT_EQ(transfer.at("peer"), "192.0.2.1:4444");
  EXPECT_EQ(transfer.at("stage"), "copying data");
  EXPECT_EQ(transfer.at("pid"), 77);
  EXPECT_EQ(transfer.at("started"), 1'700'000'000.0);
  EXPECT_EQ(transfer.at("bytes"), 60 * megabyte);
  EXPECT_EQ(transfer.at("total_bytes"), 120 * megabyte);
  EXPECT_EQ(transfer.at("percent"), 50.0);
  EXPECT_EQ(transfer.at("seconds"), 10.0);
  EXPECT_EQ(transfer.at("remaining_seconds"), 10.0);
  EXPECT_EQ(transfer.at("bytes_per_second"), 6.0 * megabyte);
  EXPECT_EQ(transfer.at("average_bytes_per_second"), 6.0 * megabyte);
  EXPECT_EQ(transfer.at("held_back_by"), "tokens");
  EXPECT_EQ(transfer.at("waited_seconds").at("tokens"), 2.0);
  EXPECT_FALSE(transfer.contains("state"));
  EXPECT_FALSE(transfer.contains("error"));
}

TEST(StatusJson, HasNullForWhatIsUnknown) {
  auto silent = view(1);
  silent.stage = "";
  const auto status =
      boost::json::parse(status_json(status_sampler{"/b"}.look({silent}, rate::unlimited(), after(1s))))
          .as_object();
  EXPECT_TRUE(status.at("limit_bytes_per_second").is_null());
  const auto& transfer = status.at("transfers").as_array()[0].as_object();
  for (const auto* const key : {"stage", "total_bytes", "percent", "remaining_seconds", "held_back_by"}) {
    EXPECT_TRUE(transfer.at(key).is_null()) << key;
  }
}

TEST(StatusJson, TellsAPauseFromNoLimit) {
  EXPECT_EQ(boost::json::parse(status_json({"/b", rate::paused(), {}})).at("limit_bytes_per_second"), 0);
}

}  // namespace
}  // namespace mgc::orchestrator
