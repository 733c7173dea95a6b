#pragma once

// What `mgc status` says, from what the node's budget file holds. Core: views, limits and times come in, text goes out.

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "orchestrator/peers/node_status.hpp"
#include "shaper/progress.hpp"
#include "shaper/shared_budget.hpp"

namespace mgc::orchestrator {

struct transfer_status {
  std::string kind;
  std::string peer;
  std::string stage;  // empty: it does not say
  std::uint32_t pid = 0;
  std::chrono::system_clock::time_point started;
  shaper::progress progress;
};

// One moment of one node's transfers, and of the node itself where a `mgc run` was asked.
struct transfers_status {
  std::string budget_file;  // empty: there is none yet
  shaper::rate limit;
  std::vector<transfer_status> transfers;  // the oldest first
  std::optional<node_status> node = std::nullopt;
  std::string node_problem = {};  // why a `mgc run` that is there did not answer
};

// The present of both clocks: transfers say when they started by the wall clock, and are measured by the steady one.
struct moment {
  shaper::time_point steady;
  std::chrono::system_clock::time_point wall;
};

// Follows the transfers of one budget through successive looks at it. A rate is that of the last second, or of what
// there was of it: look twice, a second apart, for one that is true.
class status_sampler {
 public:
  explicit status_sampler(std::string budget_file) : budget_file_{std::move(budget_file)} {}

  transfers_status look(const std::vector<shaper::transfer_view>& transfers, shaper::rate limit,
                        const moment& now);

 private:
  // Process ids repeat, and differ between containers; a start to the nanosecond does not.
  using key = std::tuple<std::chrono::system_clock::time_point, std::uint32_t, std::string, std::string>;

  std::string budget_file_;
  std::map<key, shaper::progress_meter> meters_;
};

// For people: the node and its peers (node_text.hpp) where they are known, the limit, then some lines for each transfer. Ends with a line feed.
std::string status_text(const transfers_status& status);

// The same for a terminal of `columns` by `rows`, with a bar where the total is known; no line is longer and there are
// no more of them: what has no room is counted.
std::string status_screen(const transfers_status& status, std::size_t columns, std::size_t rows);

// For programs: one JSON object on one line. Bytes, seconds, and bytes per second; what is unknown is null.
//   node, peers                   only where a `mgc run` answered (node_text.hpp)
//   budget                        the budget file's name, or null
//   limit_bytes_per_second        null when unlimited or without a budget, 0 when paused
//   transfers                     an array, the oldest first, of objects:
//     kind, peer                  as the transfer names itself: "mgc_mariabackup", "192.0.2.1:4444"
//     stage                       what it is doing just now, or null
//     pid                         in the process namespace of its owner
//     started                     seconds since 1970
//     bytes, total_bytes, percent, seconds, remaining_seconds, bytes_per_second, average_bytes_per_second,
//     limit_bytes_per_second, held_back_by, waited_seconds        as in the status file (shaper/progress.hpp)
std::string status_json(const transfers_status& status);

}  // namespace mgc::orchestrator
