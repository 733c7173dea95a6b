#pragma once

// All histories of transactions of one schedule, as a tree: a history is the number of its last entry, so that a copy costs
// nothing and two that share their past but not their end are seen at once, whatever their UUIDs and seqnos say.

#include <cstdint>
#include <vector>

namespace mgc::simulator {

using history = std::uint32_t;  // an entry of the tree; `no_history`: nothing that is worth anything
inline constexpr history no_history = 0;

struct entry {
  history parent = no_history;
  std::uint32_t length = 0;     // the seqno
  std::uint16_t cluster = 0;    // the UUID, as a number
  std::int16_t component = -1;  // a view: of which; a transaction: -1
  std::uint16_t writer = 0;     // a transaction: the server (its run) whose client waits for it
  bool schema_change = false;   // a transaction during which the server's grastate.dat has no UUID
};

class history_tree {
 public:
  history_tree() { clear(); }

  void clear() {
    entries_.assign(1, entry{});
    clusters_ = 0;
  }

  // What a server makes of a datadir (`from`, perhaps none) that it founds a cluster with under a new UUID.
  history new_cluster(history from) {
    entries_.push_back({.parent = from, .cluster = ++clusters_});
    return last();
  }
  history view(history after, std::int16_t component) { return append(after, {.component = component}); }
  history transaction(history after, std::uint16_t writer, bool schema_change) {
    return append(after, {.writer = writer, .schema_change = schema_change});
  }

  const entry& operator[](history which) const { return entries_[which]; }

  // Whether `whole` has everything that `part` has.
  bool contains(history whole, history part) const {
    while (whole > part) whole = entries_[whole].parent;  // a parent is always older
    return whole == part;
  }

  // The entry after `from` on the way to `to`; `from` when there is none, because they are apart.
  history next(history from, history to) const {
    while (to > from && entries_[to].parent != from) to = entries_[to].parent;
    return to > from ? to : from;
  }

 private:
  history last() const { return static_cast<history>(entries_.size() - 1); }

  history append(history after, entry added) {
    added.parent = after;
    added.length = entries_[after].length + 1;
    added.cluster = entries_[after].cluster;
    entries_.push_back(added);
    return last();
  }

  std::vector<entry> entries_;
  std::uint16_t clusters_ = 0;
};

}  // namespace mgc::simulator
