#pragma once

// All nodes, the network between their mgc, and what happens to them, one event at a time. Given the same events, it does the
// same: there is no chance in here.

#include <memory>
#include <vector>

#include "tests/simulator/coordinator.hpp"
#include "tests/simulator/coverage.hpp"
#include "tests/simulator/event.hpp"
#include "tests/simulator/model.hpp"
#include "tests/simulator/policy.hpp"

namespace mgc::simulator {

// How a schedule begins.
struct setting {
  unsigned nodes = 3;
  node_set may_replace = 0;    // allow_data_replace
  std::int8_t with_data = -1;  // this node brings data that was never in a cluster
  std::int8_t foreign = -1;    // this node brings data of another cluster
  bool formed = true;  // the cluster was up, all in it, before the first event; else nothing has been started
};

class world {
 public:
  world(const setting& how, const policy& tried, coverage& seen);
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  bool perform(const event& what);  // false: it cannot happen now, and nothing has

  // Nothing fails any more: every node is started, all see each other, everybody does what can be done. Promise 4.
  void settle();

  const std::optional<violation>& violated() const { return galera_.violated; }
  const galera& servers() const { return galera_; }
  const coordinator& node(unsigned number) const { return nodes_[number]; }
  std::uint64_t fingerprint() const;
  std::size_t messages() const { return network_.size(); }

 private:
  struct message {
    std::uint8_t from = 0;
    std::uint8_t to = 0;
    std::uint32_t incarnation = 0;  // of who asked
    std::uint32_t round = 0;
    std::optional<orchestrator::peer_request> request;  // none: the report
    std::optional<orchestrator::peer_answer> answer;    // to that
  };

  bool up(unsigned node) const { return nodes_[node].up() && !has(galera_.paused, node); }
  bool reaches(unsigned from, unsigned to) const {
    return up(to) && galera_.connected(from, to) && !has(cut_[from], to);
  }
  void send(unsigned from, const outgoing& what);
  bool deliver(std::size_t which);
  bool exchange(unsigned node, node_set with);
  bool conclude(unsigned node);
  bool apply(unsigned node, unsigned steps);
  void kill(unsigned node);
  bool perform_fault(const event& what);
  bool perform_by_server(const event& what);
  bool perform_by_node(const event& what);
  bool nobody_knows() const;
  bool was_agreed_to(unsigned candidate) const;
  void calm_round(bool start_all);
  bool formed() const;
  void check_settled();
  bool excused() const;
  bool counted_as_member(unsigned node) const;

  coverage* seen_;
  galera galera_;
  std::vector<coordinator> nodes_;
  std::vector<message> network_;
  std::array<node_set, most_nodes> cut_{};
  std::uint32_t starts_ = 0;
  node_set disks_lost_ = 0;
};

}  // namespace mgc::simulator
