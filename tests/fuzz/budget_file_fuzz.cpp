// Any file in the place of a shared budget: it is refused and left as it is, or it is a budget that can be
// used: its limit is one that can be set, its debt one that can be worked off.
//
// The first byte of the input says how the rest becomes a file, so that short inputs get past the first
// checks:
//   1: it is the start of a file of the right size     2: with a right beginning (magic, version, slots)
//   4: with the present boot id                        8: what follows the first 192 bytes goes to the slots

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "shaper/shared_budget.hpp"
#include "tests/fuzz/require.hpp"

using namespace mgc::shaper;

namespace {

constexpr std::size_t file_size = 65536;
constexpr std::size_t state_end = 192;
constexpr std::size_t slots = 4096;

const std::string& path() {
  static const std::string made =
      (std::filesystem::temp_directory_path() / ("mgc-budget-fuzz." + std::to_string(::getpid()))).string();
  return made;
}

std::string boot_id() {
  std::string id;
  std::ifstream{"/proc/sys/kernel/random/boot_id"} >> id;
  id.resize(40);
  return id;
}

std::string to_file(std::uint8_t how, std::string bytes) {
  if ((how & 1) == 0) return bytes;
  std::string file(file_size, '\0');
  const auto start = (how & 8) != 0 ? std::min(bytes.size(), state_end) : std::min(bytes.size(), file_size);
  bytes.copy(file.data(), start);
  if (start < bytes.size()) bytes.copy(file.data() + slots, file_size - slots, start);
  static constexpr char right_start[] = "MGCBUDGT\2\0\0\0\xf0\0\0";  // and a 0
  if ((how & 2) != 0) std::memcpy(file.data(), right_start, sizeof right_start);
  static const auto present = boot_id();
  if ((how & 4) != 0) present.copy(file.data() + 16, present.size());
  return file;
}

std::string contents() {
  std::ifstream file{path(), std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

void check_usable(shared_budget& budget) {
  const auto now = std::chrono::steady_clock::now();
  auto tokens = budget.tokens();
  const auto limit = tokens.limit();
  MGC_REQUIRE(limit.is_unlimited() || limit.count() <= rate::highest);
  MGC_REQUIRE(budget.transfers().empty());
  const auto slot = budget.claim({"fuzz", "", 0});
  MGC_REQUIRE(slot.is_shared() && slot.record().bytes() == 0);
  slot.set_stage("fuzzing");
  MGC_REQUIRE(budget.transfers().size() == 1 && budget.transfers()[0].stage == "fuzzing");

  constexpr std::uint64_t most_debt = std::uint64_t{1} << 36;
  const bool owes_most =
      tokens.debt(now) + 1000 > static_cast<std::int64_t>(most_debt);  // one byte more is corrupt
  const auto t = tokens.grab(1000, now);
  const auto due = tokens.due(t, 1000);
  if (limit.is_limited()) MGC_REQUIRE(due - now - budget::depth <= limit.time_for(most_debt + 1000));
  constexpr auto next = rate::kilobytes_per_second(6000);
  MGC_REQUIRE(!budget.set_limit(next));
  MGC_REQUIRE(tokens.due(t, 1000) <= now + std::chrono::seconds{1} + next.time_for(most_debt + 1000));
  constexpr auto near_the_end_of_counting = std::uint64_t{1} << 61;
  if (owes_most || std::max(tokens.generation(), t.end) >= near_the_end_of_counting) return;
  const auto again = shared_budget::open(path());
  MGC_REQUIRE(again.has_value() && (*again)->tokens().limit() == next);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto file = to_file(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
  std::ofstream{path(), std::ios::binary} << file;
  {
    const auto opened = shared_budget::open(path());
    if (opened) {
      check_usable(**opened);
    } else {
      MGC_REQUIRE(opened.error().category() == category());
      MGC_REQUIRE(contents() == file);
    }
  }
  ::unlink(path().c_str());
  return 0;
}
