#include "orchestrator/peers/connection_table.hpp"

#include <utility>

namespace mgc::orchestrator {

// One that was closed has no `close` any more, and is not counted.
template <class IsMeant>
bool connection_table::make_room(const open_connection& newcomer, std::size_t most, IsMeant is_meant) {
  std::size_t count = 0;
  open_connection* least = nullptr;
  for (auto& one : open_) {
    if (!one.close || !is_meant(one)) continue;
    ++count;
    if (least == nullptr || one.counts_as < least->counts_as) least = &one;
  }
  if (count < most) return true;
  if (least == nullptr || least->counts_as > newcomer.counts_as) return false;
  std::exchange(least->close, nullptr)();
  return true;
}

std::optional<connection_table::entry> connection_table::admit(open_connection newcomer) {
  const auto is_of_the_same = [&](const open_connection& one) {
    return one.who.at_socket == newcomer.who.at_socket && one.who.address == newcomer.who.address;
  };
  const auto is_any = [](const open_connection&) { return true; };
  if (!make_room(newcomer, most_of_one_, is_of_the_same) || !make_room(newcomer, most_, is_any))
    return std::nullopt;
  return open_.insert(open_.end(), std::move(newcomer));
}

void connection_table::close_all() {
  for (auto& one : open_) {
    if (one.close) std::exchange(one.close, nullptr)();
  }
}

}  // namespace mgc::orchestrator
