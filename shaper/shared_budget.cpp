#include "shaper/shared_budget.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <new>
#include <string_view>
#include <type_traits>

namespace mgc::shaper {
namespace {

constexpr std::array<char, 8> magic{'M', 'G', 'C', 'B', 'U', 'D', 'G', 'T'};
constexpr std::uint32_t version = 2;
constexpr std::size_t file_size = 64 * 1024;
constexpr std::size_t slot_count = 240;

using boot_id = std::array<char, 40>;

// A transfer in words; the last byte of each text is 0. Pieces of it are copied as atomic integers.
struct description {
  std::int64_t started = 0;  // nanoseconds since 1970
  std::uint64_t pid = 0;
  char kind[16] = {};
  char peer[64] = {};
  char stage[80] = {};
};
using description_words = std::array<std::uint64_t, sizeof(description) / 8>;

boot_id this_boot() {
  boot_id id{};
  std::ifstream{"/proc/sys/kernel/random/boot_id"}.read(id.data(), id.size() - 1);
  std::replace(id.begin(), id.end(), '\n', '\0');
  return id;
}

template <std::size_t N>
void copy_text(char (&to)[N], std::string_view from) {
  const auto length = std::min(from.size(), N - 1);
  std::copy_n(from.data(), length, to);
  std::fill(to + length, to + N, '\0');
}

template <std::size_t N>
std::string text(const char (&from)[N]) {
  return {from, ::strnlen(from, N)};
}

}  // namespace

// One running transfer. `live` is raised after the rest has been written; the owner is who holds the lock on
// the slot's first byte, so a slot that is live and unlocked is a dead process's.
//
// The description may be read while it is written, by one at a time: `sequence` is odd meanwhile, and a reader that saw
// it odd or changed reads again. A writer that was stopped in the middle, or a damaged file, would keep it reading
// for ever, so at last it takes what never changes while a transfer runs, and no stage.
struct slot_page {
  std::atomic<std::uint32_t> live{0};
  std::atomic<std::uint32_t> sequence{0};
  std::atomic<std::uint64_t> total{0};
  std::array<std::atomic<std::uint64_t>, sizeof(description) / 8> words{};
  transfer_record record;

  void describe(const description& text) {
    const auto copy = std::bit_cast<description_words>(text);
    const auto writing = sequence.load(std::memory_order_relaxed) | 1U;
    sequence.store(writing, std::memory_order_relaxed);
    // Release and acquire for each word, not a fence: who sees a new word sees the odd number that was before it.
    for (std::size_t i = 0; i < copy.size(); ++i) words[i].store(copy[i], std::memory_order_release);
    sequence.store(writing + 1, std::memory_order_release);
  }

  description described() const {
    constexpr int enough = 1000;
    description text;
    for (int tries = 0; tries < enough; ++tries) {
      const auto before = sequence.load(std::memory_order_acquire);
      text = present_words();
      if (before % 2 == 0 && sequence.load(std::memory_order_relaxed) == before) return text;
    }
    text.stage[0] = '\0';
    return text;
  }

  description present_words() const {
    description_words copy{};
    for (std::size_t i = 0; i < copy.size(); ++i) copy[i] = words[i].load(std::memory_order_acquire);
    return std::bit_cast<description>(copy);
  }
};

struct budget_page {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t slots;
  boot_id boot;
  alignas(64) budget_state state;
  alignas(4096) std::array<std::array<std::byte, 256>, slot_count> slot_bytes;

  slot_page& slot(std::size_t index) {
    return *std::launder(reinterpret_cast<slot_page*>(slot_bytes[index].data()));
  }
};
static_assert(sizeof(slot_page) == 256 && offsetof(slot_page, record) % 64 == 0);
static_assert(sizeof(description) % 8 == 0 && std::has_unique_object_representations_v<description>);
static_assert(offsetof(budget_page, boot) == 16 && offsetof(budget_page, state) == 64);
static_assert(offsetof(budget_page, slot_bytes) == 4096 && sizeof(budget_page) == file_size);

namespace {

constexpr std::size_t publisher_lock = 0;
std::size_t slot_lock(std::size_t index) { return offsetof(budget_page, slot_bytes) + index * 256; }

constexpr auto implausible_count = std::uint64_t{1} << 62;

// A damaged file must become neither a silent full-speed nor an endless transfer.
bool plausible_limit(const budget_state& state) {
  const auto generation = state.generation.load();
  const auto speed = state.segments[generation % 2].bytes_per_second.load();
  return generation > 0 && generation < implausible_count && state.issued.load() < implausible_count &&
         (speed <= rate::highest || speed == rate::unlimited().count());
}

// What was grabbed and has not moved is a ticket of at most 1 MiB per transfer.
bool plausible_curve(budget_state& state, time_point now) {
  constexpr auto most_debt = std::int64_t{1} << 36;
  const budget tokens{state};
  const auto curve = tokens.curve();
  return curve.capacity < implausible_count && curve.since >= time_point{} &&
         curve.since <= now + std::chrono::seconds{1} && tokens.debt(now) <= most_debt;
}

}  // namespace

shared_budget::shared_budget(file_descriptor file) : file_{std::move(file)}, own_(slot_count) {}

shared_budget::~shared_budget() {
  if (page_ != nullptr) ::munmap(page_, file_size);
}

error_code shared_budget::map() {
  void* memory = ::mmap(nullptr, file_size, PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(), 0);
  if (memory == MAP_FAILED) return last_error();
  page_ = static_cast<budget_page*>(memory);
  return {};
}

error_code shared_budget::initialise(rate limit) {
  // Space is reserved now: a full file system would otherwise be a SIGBUS in the middle of a transfer.
  if (const int why = ::posix_fallocate(file_.get(), 0, file_size); why != 0) {
    return {why, boost::system::system_category()};
  }
  if (const auto failed = map()) return failed;
  new (page_) budget_page{magic, version, slot_count, this_boot(), {}, {}};
  for (std::size_t i = 0; i < slot_count; ++i) new (page_->slot_bytes[i].data()) slot_page;
  tokens().set_limit(limit, std::chrono::steady_clock::now());
  return {};
}

error_code shared_budget::check() {
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0) return last_error();
  if (!S_ISREG(status.st_mode)) return error::budget_not_a_file;
  std::array<char, 16> start{};
  const auto got = ::pread(file_.get(), start.data(), start.size(), 0);
  if (got < 0) return last_error();
  const auto known = std::min<std::size_t>(static_cast<std::size_t>(got), magic.size());
  if (!std::equal(magic.begin(), magic.begin() + static_cast<std::ptrdiff_t>(known), start.begin())) {
    return error::budget_foreign;
  }
  if (known < magic.size() || status.st_size < static_cast<off_t>(start.size()))
    return error::budget_truncated;
  std::uint32_t found = 0;
  std::memcpy(&found, start.data() + offsetof(budget_page, version), sizeof found);
  if (found != version) return error::budget_other_version;
  if (status.st_size < static_cast<off_t>(file_size)) return error::budget_truncated;
  if (status.st_size > static_cast<off_t>(file_size)) return error::budget_corrupt;
  return {};
}

error_code shared_budget::adopt() {
  const auto boot = this_boot();
  if (const auto failed = lock(F_WRLCK, publisher_lock, F_OFD_SETLKW)) return failed;
  const auto now = std::chrono::steady_clock::now();
  const bool usable = page_->slots == slot_count && plausible_limit(page_->state);
  if (usable && page_->boot != boot) {
    tokens().restart(now);
    for (std::size_t i = 0; i < slot_count; ++i) page_->slot(i).live = 0;
    page_->boot = boot;
  }
  const bool sound = usable && plausible_curve(page_->state, now);
  const auto failed = lock(F_UNLCK, publisher_lock, F_OFD_SETLK);
  return sound ? failed : error_code{error::budget_corrupt};
}

result<std::unique_ptr<shared_budget>> shared_budget::make_private(rate limit) {
  file_descriptor file{::memfd_create("mgc-budget", MFD_CLOEXEC)};
  if (!file) return last_error();
  std::unique_ptr<shared_budget> made{new shared_budget{std::move(file)}};
  if (const auto failed = made->initialise(limit)) return failed;
  return made;
}

result<std::unique_ptr<shared_budget>> shared_budget::open(const std::string& path) {
  // O_NONBLOCK: a FIFO of that name is found out by check() instead of waiting for its other end.
  file_descriptor file{::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  if (!file) return errno == EISDIR ? error_code{error::budget_not_a_file} : last_error();
  std::unique_ptr<shared_budget> opened{new shared_budget{std::move(file)}};
  if (const auto failed = opened->check()) return failed;
  if (const auto failed = opened->map()) return failed;
  if (const auto failed = opened->adopt()) return failed;
  return opened;
}

// Made under another name and linked into place when it is whole: nobody ever sees half a budget, and of
// several makers one wins.
result<std::unique_ptr<shared_budget>> shared_budget::open_or_create(const std::string& path, rate initial) {
  auto opened = open(path);
  if (opened || opened.error() != boost::system::errc::no_such_file_or_directory) return opened;
  auto name = path + ".XXXXXX";
  file_descriptor file{::mkostemp(name.data(), O_CLOEXEC)};
  if (!file) return last_error();
  std::unique_ptr<shared_budget> made{new shared_budget{std::move(file)}};
  auto failed = made->initialise(initial);
  if (!failed && ::fchmod(made->file_.get(), 0660) != 0) failed = last_error();
  if (!failed && ::link(name.c_str(), path.c_str()) != 0) failed = last_error();
  ::unlink(name.c_str());
  if (failed == boost::system::errc::file_exists) return open(path);
  if (failed) return failed;
  return made;
}

error_code shared_budget::lock(short type, std::size_t offset, int command) const {
  struct flock range {};
  range.l_type = type;
  range.l_whence = SEEK_SET;
  range.l_start = static_cast<off_t>(offset);
  range.l_len = 1;
  int outcome = 0;
  do {
    outcome = ::fcntl(file_.get(), command, &range);
  } while (outcome != 0 && errno == EINTR);
  return outcome == 0 ? error_code{} : last_error();
}

budget shared_budget::tokens() { return budget{page_->state}; }

error_code shared_budget::set_limit(rate limit) {
  const std::lock_guard guard{mutex_};
  if (const auto failed = lock(F_WRLCK, publisher_lock, F_OFD_SETLKW)) return failed;
  tokens().set_limit(limit, std::chrono::steady_clock::now());
  return lock(F_UNLCK, publisher_lock, F_OFD_SETLK);
}

shared_budget::slot shared_budget::claim(const transfer_identity& identity) {
  const std::lock_guard guard{mutex_};
  for (std::size_t i = 0; i < slot_count; ++i) {
    if (own_[i] || lock(F_WRLCK, slot_lock(i), F_OFD_SETLK)) continue;
    own_[i] = true;
    auto& page = page_->slot(i);
    page.live.store(0, std::memory_order_release);
    description text;
    text.started = duration{std::chrono::system_clock::now().time_since_epoch()}.count();
    text.pid = static_cast<std::uint64_t>(::getpid());
    copy_text(text.kind, identity.kind);
    copy_text(text.peer, identity.peer);
    page.describe(text);
    page.total.store(identity.total, std::memory_order_relaxed);
    page.record.clear();
    page.live.store(1, std::memory_order_release);
    return {this, i, &page};
  }
  return {};
}

void shared_budget::release(std::size_t index) {
  const std::lock_guard guard{mutex_};
  page_->slot(index).live.store(0, std::memory_order_release);
  (void)lock(F_UNLCK, slot_lock(index), F_OFD_SETLK);
  own_[index] = false;
}

std::vector<transfer_view> shared_budget::transfers() const {
  const std::lock_guard guard{mutex_};
  const auto now = std::chrono::steady_clock::now();
  std::vector<transfer_view> views;
  for (std::size_t i = 0; i < slot_count; ++i) {
    auto& page = page_->slot(i);
    if (page.live.load(std::memory_order_acquire) == 0) continue;
    if (!own_[i]) {
      struct flock range {};
      range.l_type = F_WRLCK;
      range.l_whence = SEEK_SET;
      range.l_start = static_cast<off_t>(slot_lock(i));
      range.l_len = 1;
      if (::fcntl(file_.get(), F_OFD_GETLK, &range) == 0 && range.l_type == F_UNLCK) continue;
    }
    const auto known = page.described();
    views.push_back({{text(known.kind), text(known.peer), page.total.load(std::memory_order_relaxed)},
                     text(known.stage),
                     static_cast<std::uint32_t>(known.pid),
                     std::chrono::system_clock::time_point{duration{known.started}},
                     page.record.figures(now)});
  }
  return views;
}

shared_budget::slot::slot(shared_budget* owner, std::size_t index, slot_page* page)
    : owner_{owner}, index_{index}, page_{page}, record_{&page->record} {}

shared_budget::slot::slot()
    : private_record_{std::make_unique<transfer_record>()}, record_{private_record_.get()} {}

shared_budget::slot::slot(slot&& other) noexcept
    : owner_{std::exchange(other.owner_, nullptr)},
      index_{other.index_},
      private_record_{std::move(other.private_record_)},
      page_{std::exchange(other.page_, nullptr)},
      record_{std::exchange(other.record_, nullptr)} {}

void shared_budget::slot::set_stage(std::string_view stage) const {
  if (page_ == nullptr) return;
  const std::lock_guard guard{owner_->mutex_};
  auto text = page_->present_words();
  copy_text(text.stage, stage);
  page_->describe(text);
}

void shared_budget::slot::set_total(std::uint64_t bytes) const {
  if (page_ != nullptr) page_->total.store(bytes, std::memory_order_relaxed);
}

shared_budget::slot::~slot() {
  if (owner_ != nullptr) owner_->release(index_);
}

}  // namespace mgc::shaper
