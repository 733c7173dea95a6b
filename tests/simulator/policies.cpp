// Wrong ways to elect, as they are found in the field, or the own one with a part left out: each has to be caught.

#include "tests/simulator/policy.hpp"

#include <algorithm>
#include <tuple>

namespace mgc::simulator {
namespace {

using namespace orchestrator;

const node_report* primary_among(const knowledge& known) {
  for (const auto& peer : known.heard) {
    if (peer.server == server_state::primary) return &peer;
  }
  return nullptr;
}

bool has_position(const node_report& one) {
  return one.data.kind == data_kind::clean || one.data.kind == data_kind::crashed;
}

bootstrap found_with(const knowledge& known, std::string why) {
  bootstrap founding{{known.self.node}, std::move(why)};
  for (const auto& peer : known.heard) founding.electors.insert(peer.node);
  return founding;
}

// One pass over the peers; whoever answers is joined; node1, when nobody does, founds. Neither data nor state is looked at.
decision first_node_after_one_pass(const knowledge& known) {
  if (known.self.server == server_state::non_primary) return wait{};
  for (const auto& peer : known.heard) {
    if (peer.server == server_state::primary || peer.server == server_state::non_primary)
      return join{peer.node, false, "its port is open"};
  }
  if (known.self.node == 1) return found_with(known, "nobody answers");
  return wait{{1}, "node1 founds", false};
}

// safe_to_bootstrap: 1, which a datadir without grastate.dat has as well.
decision trusts_the_flag(const knowledge& known) {
  if (known.self.server == server_state::non_primary) return wait{};
  if (const auto* const there = primary_among(known)) return join{there->node, false, "it is Primary"};
  const bool no_file = known.self.data.kind == data_kind::empty || known.self.data.kind == data_kind::plain;
  if (known.self.data.last_one || (no_file && known.self.node == 1))
    return found_with(known, "safe_to_bootstrap: 1");
  return wait{{}, "somebody else is safe", false};
}

// The greatest number among those who are there, when they are enough.
decision highest_of(const knowledge& known, std::size_t enough) {
  if (known.self.server == server_state::non_primary) return wait{};
  if (const auto* const there = primary_among(known)) return join{there->node, false, "it is Primary"};
  if (known.heard.size() + 1 < enough) return wait{{}, "too few", false};
  const auto rank = [](const node_report& one) {
    return std::tuple{has_position(one) ? one.data.position : no_seqno, -static_cast<long>(one.node)};
  };
  for (const auto& peer : known.heard) {
    if (peer.server == server_state::starting || rank(peer) > rank(known.self))
      return wait{{peer.node}, "it is ahead", false};
  }
  return found_with(known, "the highest of those who answered");
}

decision highest_of_majority(const knowledge& known) {
  return highest_of(known, known.cluster.size() / 2 + 1);
}
decision highest_of_all_but_one(const knowledge& known) {
  return highest_of(known, std::max<std::size_t>(known.cluster.size() - 1, 1));
}

decision without_uuids(const knowledge& known) {
  auto alike = known;
  const auto strip = [](node_report& one) {
    if (!one.data.history.empty()) one.data.history = "any";
    one.epochs.clear();
  };
  strip(alike.self);
  for (auto& peer : alike.heard) strip(peer);
  return decide(alike);
}

// Who does not answer is not there, and never was.
decision unknown_is_absent(const knowledge& known) {
  auto there = known;
  there.cluster = {known.self.node};
  for (auto& peer : there.heard) there.cluster.push_back(peer.node);
  return decide(there);
}

}  // namespace

const std::vector<policy>& policies() {
  static const std::vector<policy> all{
      {.name = "own", .what = "the project's own"},
      {.name = "first_node",
       .what = "node1 founds after one pass without an answer",
       .decide = first_node_after_one_pass,
       .ballots = false},
      {.name = "flag",
       .what = "safe_to_bootstrap: 1 is trusted without data",
       .decide = trusts_the_flag,
       .ballots = false},
      {.name = "all_but_one", .what = "the highest seqno among N-1", .decide = highest_of_all_but_one},
      {.name = "majority", .what = "the highest seqno among a majority", .decide = highest_of_majority},
      {.name = "no_uuid", .what = "positions are compared, UUIDs are not", .decide = without_uuids},
      {.name = "absent",
       .what = "who does not answer does not count",
       .decide = unknown_is_absent,
       .ballots = false},
      {.name = "no_ballots", .what = "nobody is asked for leave", .ballots = false},
      {.name = "one_round", .what = "electors are not asked to confirm", .second_round = false},
      {.name = "forgetful",
       .what = "electors forget what they agreed to when they restart",
       .pledges_durable = false},
  };
  return all;
}

}  // namespace mgc::simulator
