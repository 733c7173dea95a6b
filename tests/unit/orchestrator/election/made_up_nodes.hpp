#pragma once

// Nodes of a cluster of three, node1 to node3, in the states that an election meets them in; and a decision in words.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <variant>
#include <vector>

#include "orchestrator/election/decision.hpp"
#include "orchestrator/election/journal.hpp"

namespace mgc::test {

using namespace orchestrator;

// Short ones: texts for operators are compared as a whole.
inline const history_id orders = "0rde75";
inline const history_id another = "a07he7";
inline const lineage first_epoch{{1, "ballot-1", 0}};

inline std::string memory_of(node_number node) { return fmt::format("memory-{}", node); }

inline local_data data_of(data_kind kind, history_id history = {}, seqno position = no_seqno) {
  return {kind, std::move(history), position, false, std::nullopt};
}

// Has just been configured: there is no data, and there never was any.
inline node_report fresh(node_number node) {
  node_report report;
  report.node = node;
  report.nodes = {"1=10.0.0.1", "2=10.0.0.2", "3=10.0.0.3"};
  report.cluster_name = "orders";
  report.memory = memory_of(node);
  report.untouched = true;
  return report;
}

inline node_report with_data(node_number node, local_data data) {
  auto report = fresh(node);
  report.untouched = false;
  report.data = std::move(data);
  return report;
}

// Was a member of the first epoch, with the two others.
inline node_report stopped(node_number node, seqno position) {
  auto report = with_data(node, data_of(data_kind::clean, orders, position));
  report.epochs = first_epoch;
  report.newest_epoch = 1;
  report.noted_at = position;
  for (const node_number other : {1U, 2U, 3U}) report.companions[other] = memory_of(other);
  return report;
}

inline node_report crashed(node_number node, seqno position) {
  auto report = stopped(node, position);
  report.data.kind = data_kind::crashed;
  return report;
}

inline node_report crashed_within_ddl(node_number node, seqno position) {
  auto report = stopped(node, position);
  report.data.kind = data_kind::unsafe;
  return report;
}

inline node_report aborted(node_number node) { return with_data(node, data_of(data_kind::aborted)); }
inline node_report plain(node_number node) { return with_data(node, data_of(data_kind::plain)); }

// Its data directory is empty, though it was a member: by the journal beside it, or by the others' word alone.
inline node_report emptied(node_number node) {
  auto report = fresh(node);
  report.untouched = false;
  return report;
}

inline node_report last_one(node_report report) {
  report.data.last_one = true;
  return report;
}

inline node_report primary(node_number node, seqno position) {
  auto report = stopped(node, position);
  report.server = server_state::primary;
  report.caught_up = true;
  return report;
}

inline node_report cut_off(node_number node, seqno position) {
  auto report = stopped(node, position);
  report.server = server_state::non_primary;
  return report;
}

inline node_report starting(node_report report) {
  report.server = server_state::starting;
  report.phase = "starting its server";
  return report;
}

inline node_report pledged_to(node_report report, const ballot& what) {
  report.pledges.push_back(what);
  return report;
}

inline ballot ballot_of(node_number candidate, std::uint64_t epoch) {
  return {fmt::format("ballot-{}", epoch), candidate, memory_of(candidate), epoch};
}

inline journal journal_of(node_number node) {
  journal memory;
  memory.memory = memory_of(node);
  return memory;
}

// What `self` knows when these have answered.
inline knowledge hears(node_report self, std::vector<node_report> heard = {}) {
  return {.self = std::move(self), .heard = std::move(heard), .cluster = {1, 2, 3}};
}

// "waits for 2, 3: why", "hopeless: why", "founds with 1, 2: why".
inline std::string in_words(const decision& what) {
  struct words {
    std::string operator()(const join& chosen) const {
      return fmt::format("joins {}{}: {}", chosen.primary, chosen.replace ? ", replaced" : "", chosen.why);
    }
    std::string operator()(const bootstrap& chosen) const {
      return fmt::format("founds with {}: {}", fmt::join(chosen.electors, ", "), chosen.why);
    }
    std::string operator()(const stand_down& chosen) const { return "stands down: " + chosen.why; }
    std::string operator()(const wait& chosen) const {
      if (chosen.hopeless && chosen.for_whom.empty()) return "hopeless: " + chosen.why;
      return fmt::format("waits for {}: {}", fmt::join(chosen.for_whom, ", "), chosen.why);
    }
  };
  return std::visit(words{}, what);
}

inline std::string decided(const knowledge& known) { return in_words(decide(known)); }

}  // namespace mgc::test
