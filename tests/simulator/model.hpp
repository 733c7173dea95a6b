#pragma once

// Galera and MariaDB, as far as an election depends on them: what each server has on disk, who is in which component, and
// what is ordered, received and applied there. Every step of a server is one call, so that a crash can come between any two.
//
// What is modelled, because an election can go wrong by it:
//   - A component orders transactions; all its members receive one at a time (safe delivery), so a component of which a member is
//     cut off or dead orders nothing until its next view. Each member applies what it received later, at its own step; the
//     client of the writer is answered when the writer has applied it, whatever the others have.
//   - gvwstate.dat is written when a member receives a view, grastate.dat when it has applied it and all before it.
//   - A Primary view is an entry of the history with a seqno of its own.
//   - A member that is not where the others are gets a state transfer by one that has applied the view: IST, or SST, during which the
//     joiner's data is worth nothing.
//   - During a schema change grastate.dat has the UUID of zeros.
// Nodes are numbers from 0; sets of them are masks.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulator/history_tree.hpp"

namespace mgc::simulator {

inline constexpr unsigned most_nodes = 7;
using node_set = std::uint8_t;

constexpr node_set only(unsigned node) { return static_cast<node_set>(1U << node); }
constexpr bool has(node_set nodes, unsigned node) { return (nodes >> node & 1U) != 0; }

struct grastate {
  bool present = false;
  std::uint16_t cluster = 0;  // 0: the UUID of zeros
  std::int64_t position = -1;
  bool safe = false;
};

struct disk {
  bool data = false;             // there is a server's data
  bool transferring = false;     // an SST into it did not end
  history applied = no_history;  // what is durable in it
  grastate state;
  std::int16_t view = -1;     // gvwstate.dat: of this component ...
  std::uint16_t view_me = 0;  // ... and as whom
};

enum class process : std::uint8_t { none, starting, founding, member };
enum class standing : std::uint8_t { unknown, primary, cut_off };  // as SQL shows it

struct server {
  process state = process::none;
  std::uint16_t run = 0;           // Galera's UUID of this run
  std::int16_t component = -1;     // whose messages it gets
  std::int16_t last_primary = -1;  // the last Primary one of them
  bool recorded = false;           // the component's view is in gvwstate.dat
  bool needs_transfer = false;     // ... before it can apply what is ordered there
  history received =
      no_history;  // and can apply, as long as it needs a transfer or is not in a Primary component
  history ordered = no_history;      // to its knowledge, when it is in no Primary component
  standing sql = standing::unknown;  // what it has applied of all that
  std::int16_t processed = -1;       // the last component whose view it has applied
  node_set left = 0;                 // members of its component that said they leave
};

struct component {
  node_set members = 0;
  std::array<std::uint16_t, most_nodes> runs{};  // of the members
  bool primary = false;
  std::uint32_t number = 0;
  history begin = no_history;  // its view
  history head = no_history;   // the last thing ordered
};

struct violation {
  int promise = 0;
  std::string what;
};

class galera {
 public:
  explicit galera(unsigned nodes) : nodes_{nodes} {}

  // ---- what a node can do with its server; false: not now
  void start_joining(unsigned node);
  void start_founding(unsigned node);  // --wsrep-new-cluster
  bool tell_to_found(unsigned node);   // pc.bootstrap
  void stop(unsigned node);            // to its end
  void stop_at_once(node_set nodes, bool each_ends_alone);
  void kill(unsigned node);
  void lose_disk(unsigned node) { disks[node] = {}; }
  void give_up_data(
      unsigned node);  // the operator's order: from then on it is not the election that loses something

  // ---- what happens by itself; false: there is nothing of that kind to happen
  bool found(unsigned node);
  bool regroup(unsigned node, bool drop_received);  // its side of the network becomes one component
  bool record(unsigned node);
  bool apply(unsigned node);
  bool donate(unsigned node,
              bool whole);  // somebody begins a transfer to it: SST, else IST when that is possible
  bool end_transfer(unsigned node);
  bool give_up(unsigned node);  // it waits for a Primary or for a transfer that will not come
  bool write(unsigned node, bool schema_change);

  // ---- what can be seen
  unsigned nodes() const { return nodes_; }
  bool runs(unsigned node) const { return servers[node].state != process::none; }
  bool synced(unsigned node) const;
  bool founded(std::int16_t which) const { return components[static_cast<std::size_t>(which)].primary; }
  const component& of(unsigned node) const {
    return components[static_cast<std::size_t>(servers[node].component)];
  }
  bool connected(unsigned one, unsigned other) const { return side[one] == side[other]; }
  bool grastate_lets_found(unsigned node) const {
    return !disks[node].state.present || disks[node].state.safe;
  }

  void broken(int promise, std::string what) {
    if (!violated && !(promise == 2 && given_up_)) violated = violation{promise, std::move(what)};
  }
  // Data at `node`, with the end `mine`, goes for a history with the end `by`.
  void check_replaced(unsigned node, history mine, history by);

  history_tree tree;
  std::array<disk, most_nodes> disks;
  std::array<server, most_nodes> servers;
  std::vector<component> components;
  std::array<std::uint8_t, most_nodes> side{};  // of the network
  node_set paused = 0;
  node_set may_replace = 0;           // whose data the operator gave up
  std::vector<history> acknowledged;  // the last ones: of each branch the newest
  std::optional<violation> violated;

 private:
  bool running(unsigned node) const { return runs(node) && !has(paused, node); }
  bool whole(const component& which, std::int16_t number) const;
  history limit(unsigned node) const;
  bool viable(std::int16_t number) const;
  std::int16_t make_primary(node_set members, history from, std::uint32_t number);
  std::optional<std::int16_t> healed(node_set members) const;
  void enter(unsigned node, std::int16_t number, bool continues, history from);
  bool apply_next(unsigned node);  // false: there is nothing
  void acknowledge(history what);
  void check_founding(history from);
  unsigned donor_of(unsigned node) const;

  unsigned nodes_;
  std::uint16_t runs_ = 0;
  std::int16_t newest_primary_ = -1;
  bool given_up_ = false;
};

}  // namespace mgc::simulator
