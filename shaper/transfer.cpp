#include "shaper/transfer.hpp"

#include <algorithm>

namespace mgc::shaper {

std::string_view to_string(holder h) {
  switch (h) {
    case holder::nothing: return "nothing";
    case holder::tokens: return "the limit";
    case holder::source: return "the source";
    case holder::sink: return "the sink";
    case holder::pause: return "the pause";
  }
  return "unknown";
}

void transfer_record::waits_for(holder h, time_point now) {
  since_.store(duration{now.time_since_epoch()}.count(), std::memory_order_relaxed);
  held_by_.store(static_cast<std::uint32_t>(h), std::memory_order_relaxed);
}

void transfer_record::waited(holder h, time_point since, time_point now) {
  held_by_.store(static_cast<std::uint32_t>(holder::nothing), std::memory_order_relaxed);
  waited_[static_cast<std::size_t>(h)].fetch_add(duration{now - since}.count(), std::memory_order_relaxed);
}

holder transfer_record::held_by() const {
  return static_cast<holder>(held_by_.load(std::memory_order_relaxed) % holder_count);
}

transfer_figures transfer_record::figures(time_point now) const {
  transfer_figures copy;
  copy.bytes = bytes();
  for (std::size_t i = 0; i < holder_count; ++i) {
    copy.waited[i] = duration{waited_[i].load(std::memory_order_relaxed)};
  }
  if (const auto present = held_by(); present != holder::nothing) {
    const time_point since{duration{since_.load(std::memory_order_relaxed)}};
    copy.waited[static_cast<std::size_t>(present)] += std::max(duration{0}, duration{now - since});
  }
  return copy;
}

void transfer_record::clear() {
  bytes_ = 0;
  for (auto& time : waited_) time = 0;
  since_ = 0;
  held_by_ = 0;
}

}  // namespace mgc::shaper
