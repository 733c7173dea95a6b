#include "shaper/shared_budget.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/unit/child_process.hpp"
#include "tests/unit/race.hpp"
#include "tests/unit/random_source.hpp"

namespace mgc::shaper {
namespace {

namespace errc = boost::system::errc;
namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::child_process;
using test::shared_with_children;
using test::wait_until;
using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::SizeIs;

constexpr auto limit = rate::kilobytes_per_second(6000);

// Where things are in the file, as shared_budget.hpp documents it. What it says of budget_state is in
// budget.hpp.
constexpr std::size_t file_size = 65536;
constexpr std::size_t at_version = 8;
constexpr std::size_t at_slot_count = 12;
constexpr std::size_t at_boot = 16;
constexpr std::size_t at_state = 64;
constexpr std::size_t at_slots = 4096;
constexpr std::size_t slot_size = 256;
constexpr std::size_t at_segments = at_state + offsetof(budget_state, segments);
constexpr std::size_t at_issued = at_state + offsetof(budget_state, issued);

// A folder of its own, with a budget in it or something else of that name.
struct SharedBudget : testing::Test {
  SharedBudget() {
    auto name = (fs::temp_directory_path() / "mgc-test.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error{"mkdtemp"};
    folder = name;
    path = folder / "budget";
  }
  ~SharedBudget() override { fs::remove_all(folder); }

  std::unique_ptr<shared_budget> create(rate initial = limit) const {
    return std::move(shared_budget::open_or_create(path, initial).value());
  }
  std::unique_ptr<shared_budget> open() const { return std::move(shared_budget::open(path).value()); }

  std::string contents() const {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
  }
  void write(const std::string& bytes) const { std::ofstream{path, std::ios::binary} << bytes; }

  template <class Value>
  void patch(std::size_t offset, Value value) const {
    std::fstream file{path, std::ios::binary | std::ios::in | std::ios::out};
    file.seekp(static_cast<std::streamoff>(offset));
    file.write(reinterpret_cast<const char*>(&value), sizeof value);
  }

  std::ptrdiff_t files() const { return std::distance(fs::directory_iterator{folder}, {}); }

  // What both ways to open say, and that neither changed a byte.
  void expect_refused(error_code why) const {
    const auto before = contents();
    for (const auto& opened : {shared_budget::open(path), shared_budget::open_or_create(path, limit)}) {
      ASSERT_FALSE(opened);
      EXPECT_EQ(opened.error(), why) << opened.error().message();
    }
    EXPECT_TRUE(contents() == before) << "it was changed";
    EXPECT_EQ(files(), 1);
  }

  fs::path folder;
  fs::path path;
};

std::int64_t nanoseconds(time_point t) { return duration{t.time_since_epoch()}.count(); }
time_point now() { return std::chrono::steady_clock::now(); }

std::string this_boot() {
  std::string id;
  std::ifstream{"/proc/sys/kernel/random/boot_id"} >> id;
  return id;
}

TEST_F(SharedBudget, IsMadeWithTheLimitGiven) {
  EXPECT_EQ(create()->tokens().limit(), limit);
  EXPECT_EQ(open()->tokens().limit(), limit);
  EXPECT_EQ(files(), 1) << "and nothing is left beside it";
}

TEST_F(SharedBudget, KeepsItsLimitWhateverALaterOneWouldLike) {
  const auto first = create();
  EXPECT_EQ(create(rate::kilobytes_per_second(1))->tokens().limit(), limit);
  EXPECT_EQ(create(rate::unlimited())->tokens().limit(), limit);
}

TEST_F(SharedBudget, KeepsItsLimitWhileNobodyHasItOpen) {
  for (const auto r : {rate::unlimited(), rate::paused(), rate::bytes_per_second(rate::highest)}) {
    EXPECT_FALSE(create()->set_limit(r));
    EXPECT_EQ(open()->tokens().limit(), r);
  }
}

TEST_F(SharedBudget, IsNotMadeByThoseWhoOnlyOpenIt) {
  EXPECT_EQ(shared_budget::open(path).error(), errc::no_such_file_or_directory);
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(SharedBudget, LooksAsDocumented) {
  create();
  const auto bytes = contents();
  ASSERT_EQ(bytes.size(), file_size);
  const auto number = [&](std::size_t offset) {
    std::uint32_t value = 0;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
  };
  EXPECT_EQ(bytes.substr(0, 8), "MGCBUDGT");
  EXPECT_EQ(number(at_version), 2U);
  EXPECT_EQ(number(at_slot_count), 240U);
  EXPECT_EQ(bytes.substr(at_boot, 36), this_boot());
  EXPECT_EQ(number(at_state), 1U) << "the first generation";
}

TEST_F(SharedBudget, CountsTheTokensOfAllWhoShareIt) {
  const auto first = create(rate::paused());
  const auto second = open();
  EXPECT_EQ(first->tokens().grab(1000, now()).begin, 0U);
  EXPECT_EQ(second->tokens().grab(500, now()).begin, 1000U);
  EXPECT_EQ(first->tokens().debt(now()), 1500);
}

TEST_F(SharedBudget, GivesProcessesDisjointRangesWithoutGaps) {
  constexpr std::size_t processes = 4;
  constexpr std::size_t grabs = 2000;
  const auto budget = create(rate::kilobytes_per_second(1));
  shared_with_children<std::array<std::array<std::uint64_t, grabs>, processes>> begins;
  test::race_processes(processes, [&](std::size_t me) {
    const auto mine = open();
    for (auto& begin : (*begins)[me]) begin = mine->tokens().grab(100, now()).begin;
    return 0;
  });
  std::vector<std::uint64_t> all;
  for (const auto& mine : *begins) all.insert(all.end(), mine.begin(), mine.end());
  std::sort(all.begin(), all.end());
  for (std::size_t i = 0; i < all.size(); ++i) ASSERT_EQ(all[i], i * 100);
}

TEST_F(SharedBudget, ShowsANewLimitToOtherProcessesAtOnce) {
  const auto budget = create();
  struct conversation {
    std::atomic<std::uint64_t> set{0};
    std::atomic<std::uint64_t> seen{0};
  };
  shared_with_children<conversation> talk;
  child_process other{[&] {
    const auto mine = open();
    for (std::uint64_t i = 1; i <= 100; ++i) {
      wait_until([&] { return talk->set == i; });
      talk->seen = mine->tokens().limit().count();
      talk->set = 0;
    }
    return 0;
  }};
  for (std::uint64_t i = 1; i <= 100; ++i) {
    ASSERT_FALSE(budget->set_limit(rate::kilobytes_per_second(i)));
    talk->set = i;
    wait_until([&] { return talk->set == 0; });
    ASSERT_EQ(talk->seen, i * 1024);
  }
}

TEST_F(SharedBudget, LosesNoLimitOfManyPublishers) {
  constexpr std::size_t publishers = 4;
  constexpr std::uint64_t times = 1000;
  const auto budget = create();
  const auto before = budget->tokens().generation();
  const auto publish = [](shared_budget& mine) {
    for (std::uint64_t i = 0; i < times; ++i) {
      if (mine.set_limit(limit)) return 1;
    }
    return 0;
  };
  test::race_processes(publishers, [&](std::size_t) { return publish(*open()); });
  EXPECT_EQ(budget->tokens().generation(), before + publishers * times);
  test::race_threads(publishers, [&](std::size_t) { publish(*budget); });
  EXPECT_EQ(budget->tokens().generation(), before + 2 * publishers * times);
}

TEST_F(SharedBudget, IsMadeOnceByThreadsThatRaceForIt) {
  for (int round = 0; round < 50; ++round) {
    std::array<rate, 4> found;
    test::race_threads(found.size(), [&](std::size_t me) {
      found[me] = create(rate::kilobytes_per_second(1 + me))->tokens().limit();
    });
    for (const auto r : found) EXPECT_EQ(r, found[0]);
    EXPECT_EQ(files(), 1);
    fs::remove(path);
  }
}

TEST_F(SharedBudget, IsMadeOnceByProcessesThatRaceForIt) {
  for (int round = 0; round < 20; ++round) {
    shared_with_children<std::array<std::uint64_t, 4>> found;
    test::race_processes(found->size(), [&](std::size_t me) {
      (*found)[me] = create(rate::kilobytes_per_second(1 + me))->tokens().limit().count();
      return 0;
    });
    for (const auto r : *found) EXPECT_EQ(r, (*found)[0]);
    EXPECT_EQ(files(), 1);
    fs::remove(path);
  }
}

// What is there and not a budget.

TEST_F(SharedBudget, RefusesAnEmptyFile) {
  write("");
  expect_refused(error::budget_truncated);
}

TEST_F(SharedBudget, RefusesATruncatedBudget) {
  create();
  const auto whole = contents();
  for (const std::size_t size : {1, 7, 8, 15, 16, 63, 64, 4095, 4096, 65535}) {
    write(whole.substr(0, size));
    expect_refused(error::budget_truncated);
  }
}

TEST_F(SharedBudget, RefusesABudgetWithMoreBehindIt) {
  create();
  write(contents() + "x");
  expect_refused(error::budget_corrupt);
}

TEST_F(SharedBudget, RefusesForeignFiles) {
  create();
  for (const auto& bytes : {std::string{"M\0", 2}, std::string{"hello\n"}, std::string(file_size, '\0'),
                            std::string(file_size, 'M'), "x" + contents().substr(1)}) {
    write(bytes);
    expect_refused(error::budget_foreign);
  }
}

TEST_F(SharedBudget, RefusesAnotherVersion) {
  create();
  for (const std::uint32_t version : {0U, 1U, 3U, 0x02000000U}) {
    patch(at_version, version);
    expect_refused(error::budget_other_version);
  }
}

TEST_F(SharedBudget, RefusesAnImpossibleLimit) {
  create();
  for (const std::uint64_t bytes_per_second : {rate::highest + 1, rate::unlimited().count() - 1}) {
    for (const std::size_t segment : {0U, 1U}) {
      patch(at_segments + segment * 24 + offsetof(budget_state::segment, bytes_per_second), bytes_per_second);
    }
    expect_refused(error::budget_corrupt);
  }
}

TEST_F(SharedBudget, RefusesImpossibleTimes) {
  create();
  for (const auto since : {now() + 1h, time_point::max(), time_point{-1ns}, time_point::min()}) {
    for (const std::size_t segment : {0U, 1U}) {
      patch(at_segments + segment * 24 + offsetof(budget_state::segment, since), nanoseconds(since));
    }
    expect_refused(error::budget_corrupt);
  }
}

TEST_F(SharedBudget, RefusesImpossibleCounts) {
  create();
  const auto good = contents();
  patch(at_slot_count, std::uint32_t{241});
  expect_refused(error::budget_corrupt);
  write(good);
  patch(at_issued, std::uint64_t{1} << 62);
  expect_refused(error::budget_corrupt);
  for (const auto generation : {std::uint64_t{0}, ~std::uint64_t{0}}) {
    write(good);
    patch(at_state, generation);
    expect_refused(error::budget_corrupt);
  }
}

// A debt of years would be a transfer that never moves.
TEST_F(SharedBudget, RefusesADebtThatNobodyCanHaveMade) {
  create();
  patch(at_issued, std::uint64_t{1} << 50);
  expect_refused(error::budget_corrupt);
}

TEST_F(SharedBudget, RefusesADirectory) {
  fs::create_directory(path);
  EXPECT_EQ(shared_budget::open(path).error(), error::budget_not_a_file);
  EXPECT_EQ(shared_budget::open_or_create(path, limit).error(), error::budget_not_a_file);
  EXPECT_TRUE(fs::is_empty(path));
}

TEST_F(SharedBudget, RefusesAFifoWithoutWaitingForItsOtherEnd) {
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(shared_budget::open(path).error(), error::budget_not_a_file);
  EXPECT_EQ(shared_budget::open_or_create(path, limit).error(), error::budget_not_a_file);
}

TEST_F(SharedBudget, DoesNotFollowASymbolicLink) {
  create();
  const auto link = folder / "link";
  for (const auto& target : {path, folder / "nowhere"}) {
    fs::create_symlink(target, link);
    EXPECT_EQ(shared_budget::open(link).error(), errc::too_many_symbolic_link_levels);
    EXPECT_EQ(shared_budget::open_or_create(link, limit).error(), errc::too_many_symbolic_link_levels);
    fs::remove(link);
  }
  EXPECT_FALSE(fs::exists(folder / "nowhere"));
}

TEST_F(SharedBudget, RefusesWhatItMayNotReadOrMake) {
  create();
  fs::permissions(folder, fs::perms::all);
  fs::permissions(path, fs::perms::none);
  child_process user{[&] {
    test::become_an_ordinary_user();
    const bool kept_out = shared_budget::open(path).error() == errc::permission_denied &&
                          shared_budget::open_or_create(path, limit).error() == errc::permission_denied;
    const auto elsewhere = shared_budget::open_or_create("/proc/mgc-budget", limit);
    return kept_out && !elsewhere ? 0 : 1;
  }};
  EXPECT_EQ(user.exit_code(), 0);
}

TEST_F(SharedBudget, CannotBeMadeInAFolderThatIsNotThere) {
  EXPECT_EQ(shared_budget::open_or_create(folder / "no" / "budget", limit).error(),
            errc::no_such_file_or_directory);
}

// Times of another boot mean nothing, whether they are behind or ahead of the present clock.
TEST_F(SharedBudget, KeepsOnlyTheLimitThroughAReboot) {
  for (const auto since : {time_point{}, now() + 24h * 365}) {
    (void)create()->tokens().grab(1 << 30, now());
    for (const std::size_t segment : {0U, 1U}) {
      patch(at_segments + segment * 24 + offsetof(budget_state::segment, since), nanoseconds(since));
    }
    patch(at_boot, std::array<char, 40>{"00000000-0000-0000-0000-000000000000"});
    patch(at_slots, std::uint32_t{1});  // live

    const auto start = now();
    const auto after = open();
    EXPECT_EQ(after->tokens().limit(), limit);
    EXPECT_THAT(after->transfers(), SizeIs(0));
    EXPECT_EQ(contents().substr(at_boot, 36), this_boot());
    EXPECT_EQ(contents().substr(at_slots, 4), std::string(4, '\0'));
    const auto t = after->tokens().grab(1, now());
    EXPECT_LE(after->tokens().due(t, 1), now() + 1ms) << "no debt";
    EXPECT_LE(-after->tokens().debt(start), 0) << "no credit";
    fs::remove(path);
  }
}

// Transfers.

TEST_F(SharedBudget, ShowsATransferToEverybodyForAsLongAsItRuns) {
  const auto budget = create();
  const auto other = open();
  {
    const auto slot = budget->claim({"relay", "192.0.2.1:4444", 5000});
    slot.record().moved(1234);
    EXPECT_TRUE(slot.is_shared());
    for (const auto* const who : {budget.get(), other.get()}) {
      const auto seen = who->transfers();
      ASSERT_THAT(seen, SizeIs(1));
      EXPECT_EQ(seen[0].identity.kind, "relay");
      EXPECT_EQ(seen[0].identity.peer, "192.0.2.1:4444");
      EXPECT_EQ(seen[0].identity.total, 5000U);
      EXPECT_EQ(seen[0].pid, static_cast<std::uint32_t>(::getpid()));
      EXPECT_EQ(seen[0].figures.bytes, 1234U);
      EXPECT_LE(std::chrono::abs(seen[0].started - std::chrono::system_clock::now()), 1min);
    }
  }
  EXPECT_THAT(budget->transfers(), SizeIs(0));
  EXPECT_THAT(other->transfers(), SizeIs(0));
}

TEST_F(SharedBudget, BeginsATransferWithoutTheFiguresOfTheOneBefore) {
  const auto budget = create();
  {
    const auto slot = budget->claim({"a kind to be forgotten", "a peer to be forgotten", 1});
    slot.record().moved(99);
    slot.record().waits_for(holder::sink, now() - 1h);
  }
  const auto slot = budget->claim({"k", "p", 0});
  const auto seen = budget->transfers();
  ASSERT_THAT(seen, SizeIs(1));
  EXPECT_EQ(seen[0].identity.kind, "k");
  EXPECT_EQ(seen[0].identity.peer, "p");
  EXPECT_EQ(seen[0].figures.bytes, 0U);
  for (const auto time : seen[0].figures.waited) EXPECT_EQ(time, 0ns);
}

TEST_F(SharedBudget, CutsLongNames) {
  const auto budget = create();
  const auto slot = budget->claim({std::string(100, 'k'), std::string(5000, 'p'), 0});
  const auto next = budget->claim({"kind", "peer", 0});
  const auto seen = budget->transfers();
  ASSERT_THAT(seen, SizeIs(2));
  EXPECT_EQ(seen[0].identity.kind, std::string(15, 'k'));
  EXPECT_EQ(seen[0].identity.peer, std::string(63, 'p'));
  EXPECT_EQ(seen[1].identity.peer, "peer");
}

TEST_F(SharedBudget, TellsTheStageOfATransfer) {
  const auto budget = create();
  const auto other = open();
  const auto slot = budget->claim({"pipe", "peer", 0});
  EXPECT_EQ(other->transfers().at(0).stage, "");
  for (const auto& stage :
       {std::string{"copying data"}, std::string{"x"}, std::string{}, std::string(79, 's')}) {
    slot.set_stage(stage);
    EXPECT_EQ(other->transfers().at(0).stage, stage);
    EXPECT_EQ(other->transfers().at(0).identity.peer, "peer");
  }
  slot.set_stage(std::string(80, 't'));
  EXPECT_EQ(other->transfers().at(0).stage, std::string(79, 't'));
}

TEST_F(SharedBudget, BeginsATransferWithoutTheStageOfTheOneBefore) {
  const auto budget = create();
  budget->claim({"pipe", "", 0}).set_stage("to be forgotten");
  const auto slot = budget->claim({"pipe", "", 0});
  EXPECT_EQ(budget->transfers().at(0).stage, "");
}

TEST_F(SharedBudget, LearnsTheTotalLater) {
  const auto budget = create();
  const auto slot = budget->claim({"pipe", "", 0});
  for (const std::uint64_t total : {std::uint64_t{5000}, ~std::uint64_t{0}, std::uint64_t{0}}) {
    slot.set_total(total);
    EXPECT_EQ(open()->transfers().at(0).identity.total, total);
  }
}

// Texts of one letter each: a mixture of two would be seen.
std::string stage_number(std::size_t i) { return std::string(i % 80, static_cast<char>('a' + i % 26)); }

bool is_a_stage(const std::string& text) {
  return text.empty() || text.find_first_not_of(text[0]) == std::string::npos;
}

TEST_F(SharedBudget, NeverShowsAMixtureOfTwoStages) {
  constexpr std::size_t times = 200'000;
  const auto budget = create();
  const auto slot = budget->claim({"pipe", "peer", 0});
  std::atomic<bool> done{false};
  std::atomic<std::size_t> different{0};
  test::race_threads(3, [&](std::size_t me) {
    if (me == 0) {
      const auto enough = [&](std::size_t i) { return (i >= times && different >= 1000) || HasFailure(); };
      for (std::size_t i = 0; !enough(i); ++i) slot.set_stage(stage_number(i));
      done = true;
      return;
    }
    const auto mine = open();  // its own mutex: only the slot keeps writer and reader apart
    std::string last;
    while (!done) {
      const auto seen = mine->transfers().at(0);
      ASSERT_TRUE(is_a_stage(seen.stage)) << seen.stage;
      ASSERT_EQ(seen.identity.peer, "peer");
      different += seen.stage != last ? 1 : 0;
      last = seen.stage;
    }
  });
}

TEST_F(SharedBudget, LetsSeveralThreadsSetTheStageOfOneTransfer) {
  const auto budget = create();
  const auto slot = budget->claim({"pipe", "peer", 0});
  test::race_threads(4, [&](std::size_t) {
    for (std::size_t i = 0; i < 2000; ++i) {
      slot.set_stage(stage_number(i));
      slot.set_total(i);
      slot.record().moved(1);
    }
  });
  const auto seen = open()->transfers().at(0);
  EXPECT_EQ(seen.stage, stage_number(1999));
  EXPECT_EQ(seen.identity.total, 1999U);
  EXPECT_EQ(seen.figures.bytes, 8000U);
}

TEST_F(SharedBudget, ShowsATransferWhoseOwnerStoppedWhileWritingItsStage) {
  const auto budget = create();
  const auto slot = budget->claim({"pipe", "peer", 0});
  slot.set_stage("half of");
  patch(at_slots + 4, std::uint32_t{1});
  const auto seen = open()->transfers().at(0);
  EXPECT_EQ(seen.identity.peer, "peer");
  EXPECT_EQ(seen.stage, "");
  slot.set_stage("all of it");
  EXPECT_EQ(open()->transfers().at(0).stage, "all of it");
}

TEST_F(SharedBudget, LetsTransfersRunUnseenWhenAllSlotsAreTaken) {
  const auto budget = create();
  const auto other = open();
  std::vector<shared_budget::slot> slots;
  for (int i = 0; i < 240; ++i) {
    slots.push_back((i % 2 == 0 ? budget : other)->claim({"pipe", std::to_string(i), 0}));
    ASSERT_TRUE(slots.back().is_shared());
  }
  EXPECT_THAT(other->transfers(), SizeIs(240));
  const auto unseen = budget->claim({"pipe", "one too many", 0});
  EXPECT_FALSE(unseen.is_shared());
  unseen.record().moved(5);
  unseen.set_stage("unseen");
  unseen.set_total(5);
  EXPECT_EQ(unseen.record().bytes(), 5U);
  EXPECT_THAT(budget->transfers(), SizeIs(240));
  slots.pop_back();
  EXPECT_TRUE(budget->claim({"pipe", "one in its place", 0}).is_shared());
}

TEST_F(SharedBudget, KeepsASlotThatIsMovedAbout) {
  const auto budget = create();
  auto first = budget->claim({"pipe", "", 0});
  const auto second = std::move(first);
  EXPECT_THAT(open()->transfers(), SizeIs(1));
  second.record().moved(1);
  second.set_stage("moved about");
  EXPECT_EQ(open()->transfers().at(0).figures.bytes, 1U);
  EXPECT_EQ(open()->transfers().at(0).stage, "moved about");
}

TEST_F(SharedBudget, ForgetsTheTransfersOfAKilledProcess) {
  const auto budget = create();
  shared_with_children<std::atomic<bool>> claimed;
  child_process victim{[&] {
    const auto mine = open();
    std::vector<shared_budget::slot> slots;
    for (int i = 0; i < 240; ++i) slots.push_back(mine->claim({"pipe", "victim", 0}));
    *claimed = true;
    for (;;) slots[0].record().moved(1);
    return 0;
  }};
  wait_until([&] { return claimed->load(); });
  EXPECT_THAT(budget->transfers(), SizeIs(240));
  EXPECT_EQ(budget->transfers()[7].pid, static_cast<std::uint32_t>(victim.pid()));
  EXPECT_FALSE(budget->claim({"pipe", "no room", 0}).is_shared());
  victim.kill();
  EXPECT_THAT(budget->transfers(), SizeIs(0));
  const auto slot = budget->claim({"pipe", "heir", 0});
  EXPECT_TRUE(slot.is_shared());
  EXPECT_EQ(slot.record().bytes(), 0U);
}

// A publisher may die between any two instructions: nobody waits for it, and nobody sees a limit that nobody
// set.
TEST_F(SharedBudget, OutlivesPublishersThatAreKilledAtAnyMoment) {
  test::random_source random;
  constexpr std::array limits{limit, rate::paused(), rate::unlimited(), rate::kilobytes_per_second(1),
                              rate::bytes_per_second(rate::highest)};
  const auto budget = create();
  auto tokens = budget->tokens();
  for (int round = 0; round < 200; ++round) {
    child_process publisher{[&] {
      const auto mine = open();
      for (std::size_t i = 0;; ++i) (void)mine->set_limit(limits[i % limits.size()]);
      return 0;
    }};
    const auto enough = tokens.generation() + random.between(1, 100);
    wait_until([&] {
      const auto seen = tokens.limit();
      EXPECT_THAT(limits, testing::Contains(seen)) << seen.count();
      return tokens.generation() >= enough || testing::Test::HasFailure();
    });
    publisher.kill();
    ASSERT_THAT(limits, testing::Contains(tokens.limit()));
    ASSERT_FALSE(budget->set_limit(limit));
    ASSERT_EQ(open()->tokens().limit(), limit);
  }
}

TEST_F(SharedBudget, OutlivesHoldersThatAreKilledAtAnyMoment) {
  test::random_source random;
  const auto budget = create();
  auto tokens = budget->tokens();
  for (int round = 0; round < 50; ++round) {
    const auto before = tokens.grab(0, now()).begin;
    child_process mover{[&] {
      const auto mine = open();
      for (;;) {
        const auto slot = mine->claim({"pipe", "", 0});
        auto t = mine->tokens().grab(1, now());
        mine->tokens().give_back(t);
        (void)mine->tokens().grab(1, now());
        slot.record().moved(1);
      }
      return 0;
    }};
    const auto enough = before + random.between(1, 200);
    wait_until([&] { return tokens.grab(0, now()).begin >= enough; });
    mover.kill();
    ASSERT_THAT(budget->transfers(), SizeIs(0));
    const auto t = tokens.grab(1, now());
    ASSERT_LE(tokens.due(t, 1), now() + 1s) << "others go on";
  }
}

TEST(PrivateBudget, IsABudgetThatHasNoFile) {
  const auto budget = std::move(shared_budget::make_private(limit).value());
  EXPECT_EQ(budget->tokens().limit(), limit);
  EXPECT_FALSE(budget->set_limit(rate::paused()));
  EXPECT_TRUE(budget->tokens().limit().is_paused());
  const auto slot = budget->claim({"pipe", "", 0});
  EXPECT_THAT(budget->transfers(),
              ElementsAre(Field(&transfer_view::pid, static_cast<std::uint32_t>(::getpid()))));
}

}  // namespace
}  // namespace mgc::shaper
