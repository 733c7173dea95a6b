#pragma once

// What can happen next in a schedule. A schedule is a list of these, so that it can be repeated, shortened and printed.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mgc::simulator {

enum class event_kind : std::uint8_t {
  // the servers
  found,
  regroup,
  record_view,
  apply,
  give_ist,
  give_sst,
  end_transfer,
  give_up,
  write,
  change_schema,
  // the nodes' mgc
  start,
  watch,
  round,    // a whole round at once, `with` the peers that are heard
  ask,      // a round whose messages are events
  deliver,  // message number `with`
  lose,
  conclude,  // the round: who has not answered has failed
  proceed,
  calm,  // everybody who runs does all that can be done at once; with `with`, the others are started before
  // faults
  kill_node,
  kill_server,
  stop_node,
  stop_many,
  power_loss,
  lose_disk,
  pause,
  resume,
  partition,  // `with` the nodes on the other side
  cut_peers,  // from `node` to `with`: the mgc of one does not reach that of the other
  heal_peers,
  count_
};

inline constexpr auto event_kinds = static_cast<std::size_t>(event_kind::count_);

struct event {
  event_kind kind = event_kind::apply;
  std::uint8_t node = 0;
  std::uint16_t with = 0;
  bool operator==(const event&) const = default;
};

using schedule = std::vector<event>;

std::string_view name_of(event_kind kind);
std::string to_text(const event& what);

}  // namespace mgc::simulator
