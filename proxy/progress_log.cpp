#include "proxy/progress_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "shaper/progress.hpp"

namespace mgc::proxy {
namespace {

using clock = std::chrono::steady_clock;
constexpr std::chrono::seconds between_looks{1};
constexpr unsigned looks_between_lines = 10;

}  // namespace

progress_log::progress_log(transfer_process& process, shaper::shared_budget& budget,
                           const shaper::shared_budget::slot& slot, std::uint64_t total, bool for_server)
    : process_{process}, budget_{budget}, slot_{slot}, total_{total}, for_server_{for_server} {
  slot_.set_total(total);
  if (for_server_ && total > 0) process_.tell_server(fmt::format("total {}", total));
  thread_ = std::thread{[this] { run(); }};
}

progress_log::~progress_log() {
  {
    const std::lock_guard lock{mutex_};
    has_ended_ = true;
  }
  ended_.notify_all();
  thread_.join();
}

void progress_log::run() {
  shaper::progress_meter meter{clock::now(), total_};
  const auto start = clock::now();
  std::unique_lock lock{mutex_};
  for (unsigned looks = 1;; ++looks) {
    const bool is_last = ended_.wait_for(lock, between_looks, [&] { return has_ended_; });
    const auto now = clock::now();
    auto figures = slot_.record().figures(now);
    const auto data = data_.load(std::memory_order_relaxed);
    const auto wire_total = expected_on_the_wire(total_, data, figures.bytes);
    slot_.set_total(is_last ? figures.bytes : wire_total);
    auto progress = meter.measure(figures, budget_.tokens().limit(), now);
    progress.total = wire_total;
    if (is_last) {
      const std::chrono::duration<double> took = now - start;
      process_.note(fmt::format("{} moved in {}, {}/s on average",
                                shaper::format_bytes(static_cast<double>(figures.bytes)),
                                shaper::format_time(now - start),
                                shaper::format_bytes(static_cast<double>(figures.bytes) / took.count())));
    } else if (looks % looks_between_lines == 0) {
      process_.note(shaper::progress_line(progress));
    }
    if (for_server_ && data > told_) {
      told_ = data;
      process_.tell_server(fmt::format("complete {}", data));
    }
    if (is_last) return;
  }
}

std::uint64_t expected_on_the_wire(std::uint64_t total, std::uint64_t data, std::uint64_t wire) {
  constexpr std::uint64_t enough = 1024 * 1024;  // before that, headers and luck decide
  if (total == 0 || data < enough) return total;
  const auto left = static_cast<double>(total - std::min(total, data));
  return wire + static_cast<std::uint64_t>(left * static_cast<double>(wire) / static_cast<double>(data));
}

}  // namespace mgc::proxy
