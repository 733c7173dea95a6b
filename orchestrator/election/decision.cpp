#include "orchestrator/election/decision.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace mgc::orchestrator {
namespace {

using reports = std::vector<const node_report*>;

bool holds_history(const local_data& data) {
  return data.kind == data_kind::clean || data.kind == data_kind::crashed;
}

std::string name(node_number node) { return fmt::format("node{}", node); }

std::string names(const std::set<node_number>& nodes) {
  std::vector<std::string> texts;
  texts.reserve(nodes.size());
  for (const auto node : nodes) texts.push_back(name(node));
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string position(const local_data& data) { return fmt::format("{}:{}", data.history, data.position); }

wait hopeless(std::string why) { return {{}, std::move(why), true}; }

// ---- a Primary is there

constexpr auto how_to_replace =
    "to give this node's data up for the cluster's, start it once with allow_data_replace=1";

// What keeps this node's data from being a part of the Primary's past; empty: nothing.
std::string guard(const node_report& self, const node_report& primary) {
  const auto& mine = self.data;
  switch (mine.kind) {
    case data_kind::empty:
    case data_kind::aborted: return {};
    case data_kind::plain: return "the data here has never been in a cluster";
    case data_kind::unsafe:
      if (mine.history.empty()) return "the data here is of a history that cannot be told any more";
      break;
    case data_kind::clean:
    case data_kind::crashed: break;
  }
  if (mine.history != primary.data.history) {
    return fmt::format("the data here is of another history: {} here, {} there", mine.history,
                       primary.data.history);
  }
  if (mine.position > primary.data.position) {
    return fmt::format("the data here is ahead of the cluster's: {} here, {} there", mine.position,
                       primary.data.position);
  }
  if (!continues(primary.epochs, self.epochs, mine.position, self.noted_at)) {
    return fmt::format(
        "the data here ({}) has transactions that the cluster's does not have, though their UUID is the same",
        mine.position);
  }
  return {};
}

decision with_primary(const knowledge& known, const reports& primaries) {
  const auto& first = *primaries.front();
  for (const auto* other : primaries) {
    if (other->data.history != first.data.history || diverge(other->epochs, first.epochs)) {
      return hopeless(
          fmt::format("{} and {} are both Primary with different histories: stop the one that is wrong",
                      name(first.node), name(other->node)));
    }
  }
  if (first.cluster_name != known.self.cluster_name) {
    return hopeless(
        fmt::format("{} is Primary in '{}', this node is configured for '{}': make cluster_name equal",
                    name(first.node), first.cluster_name, known.self.cluster_name));
  }
  // The most advanced one's word on the position is the youngest.
  const auto& primary = **std::max_element(primaries.begin(), primaries.end(), [](auto* one, auto* other) {
    return std::tuple{newest(one->epochs), one->data.position} <
           std::tuple{newest(other->epochs), other->data.position};
  });
  if (known.self.server == server_state::non_primary) {
    if (known.cut_off_for_long)
      return stand_down{
          fmt::format("{} is Primary and this server did not find back by itself", name(primary.node))};
    return wait{{primary.node},
                fmt::format("{} is Primary; this server is about to find back", name(primary.node)),
                false};
  }
  // To the group a new server at an address where it still counts an old one is one more change in the middle of another:
  // seen to end in no view at all, and everybody in no Primary (Galera 26.4; its issue 249 is of the same).
  if (known.counted_in) {
    return wait{
        {primary.node},
        fmt::format("{} is Primary, and its group has not yet noticed that this node's last server ended",
                    name(primary.node)),
        false};
  }
  const auto obstacle = guard(known.self, primary);
  // What a member says of its position may be old, or behind what it has received.
  if (known.self.data.history == primary.data.history && known.self.data.position > primary.data.position &&
      !primary.caught_up) {
    return wait{{primary.node},
                fmt::format("{} is Primary, and has not yet come to the position that is here ({}; there {})",
                            name(primary.node), known.self.data.position, primary.data.position),
                false};
  }
  if (obstacle.empty()) return join{primary.node, false, fmt::format("{} is Primary", name(primary.node))};
  if (known.allow_data_replace) return join{primary.node, true, obstacle + "; allow_data_replace is set"};
  return hopeless(fmt::format("{} is Primary, but {}; {}", name(primary.node), obstacle, how_to_replace));
}

// ---- no Primary is there

// Who may have founded a Primary that we know nothing of: nobody, or a decision to wait for them.
struct pledged {
  std::set<node_number> electors;
  std::optional<wait> obstacle;
};

pledged redeem(const reports& all) {
  pledged found;
  for (const auto* report : all) {
    for (const auto& pledge : report->pledges) {
      const bool known = std::any_of(all.begin(), all.end(), [&](const node_report* other) {
        return std::any_of(other->epochs.begin(), other->epochs.end(),
                           [&](const epoch& opened) { return opened.ballot == pledge.id; });
      });
      if (known) continue;
      const auto candidate = std::find_if(
          all.begin(), all.end(), [&](const node_report* other) { return other->node == pledge.candidate; });
      if (candidate == all.end()) {
        found.obstacle = wait{{pledge.candidate},
                              fmt::format("{} agreed that {} founds the cluster; it has to answer first",
                                          name(report->node), name(pledge.candidate)),
                              false};
        return found;
      }
      if ((*candidate)->memory != pledge.memory) {
        found.obstacle = hopeless(fmt::format(
            "{} may have founded the cluster and accepted transactions, and has lost its disk since: put "
            "it back, or decide what to go on with by 'mgc bootstrap --force' there",
            name(pledge.candidate)));
        return found;
      }
      found.electors.insert(pledge.candidate);
    }
  }
  return found;
}

// Nobody has a cluster's data.
decision found_new(const knowledge& known, const reports& all, const std::set<node_number>& unheard) {
  if (!unheard.empty()) {
    return wait{unheard,
                fmt::format("a new cluster is founded when all nodes have answered, and {} did not yet",
                            names(unheard)),
                false};
  }
  std::set<node_number> unusable;
  std::set<node_number> plain;
  std::set<node_number> everybody;
  for (const auto* report : all) {
    everybody.insert(report->node);
    if (report->newest_epoch > 0 && report->data.kind == data_kind::empty) {
      return hopeless(fmt::format(
          "{} was in a cluster, but nobody has data: are all disks mounted? To begin anew, remove "
          "election.json from the lock directories of all nodes",
          name(report->node)));
    }
    if (report->data.kind == data_kind::plain) plain.insert(report->node);
    if (report->data.kind == data_kind::aborted || report->data.kind == data_kind::unsafe)
      unusable.insert(report->node);
  }
  if (!unusable.empty()) {
    return hopeless(
        fmt::format("nobody has data that is whole: what {} has is left of a state transfer or a crash that "
                    "did not end; put a backup there, or remove it to begin anew",
                    names(unusable)));
  }
  if (plain.size() > 1) {
    return hopeless(fmt::format(
        "{} have data that was never in a cluster: leave it on the one that is to be the first, and move it "
        "away on the others",
        names(plain)));
  }
  const auto founder = plain.empty() ? *everybody.begin() : *plain.begin();
  const auto* const why = plain.empty() ? "all nodes have answered and nobody has data"
                                        : "all nodes have answered and nobody else has data";
  if (founder == known.self.node) return bootstrap{everybody, why};
  return wait{{founder}, fmt::format("{}: {} founds the cluster", why, name(founder)), false};
}

const node_report& most_advanced(const reports& candidates) {
  return **std::max_element(candidates.begin(), candidates.end(), [](auto* one, auto* other) {
    const auto rank = [](const node_report& report) {
      // One that crashed before it had noted its last epoch founds without it in its lineage at an operator's order, and would
      // be foreign to those who have noted it.
      return std::tuple{report.data.position, report.newest_epoch, report.server == server_state::non_primary,
                        !report.epochs.empty(), -static_cast<long>(report.node)};
    };
    return rank(*one) < rank(*other);
  });
}

// Who cannot be ahead of `winner`, by what was heard; and who may be, although it answered.
struct account {
  std::set<node_number> clear;
  std::map<node_number, std::string> doubtful;
};

account take_account(const reports& all, const node_report& winner) {
  const auto was_member = [&](const node_report& empty) {
    return std::any_of(all.begin(), all.end(), [&](const node_report* report) {
      const auto found = report->companions.find(empty.node);
      return found != report->companions.end() && !(empty.untouched && found->second == empty.memory);
    });
  };
  account taken;
  if (std::any_of(all.begin(), all.end(),
                  [](const node_report* report) { return report->companions.contains(unlisted); }))
    taken.doubtful[unlisted] = "was a member, and is not one of the configured nodes";
  for (const auto* report : all) {
    const auto& data = report->data;
    if (data.kind == data_kind::empty && was_member(*report)) {
      taken.doubtful[report->node] = "was a member, and its disk is empty";
    } else if (data.kind == data_kind::unsafe &&
               (data.history != winner.data.history || data.position > winner.data.position)) {
      taken.doubtful[report->node] = "crashed within DDL, perhaps ahead of the others";
    } else {
      taken.clear.insert(report->node);
    }
  }
  return taken;
}

// That all members of the newest view on record have answered, and one of them has applied all from before it: who is not
// in it cannot be ahead.
bool newest_view_is_complete(const reports& all, std::uint64_t newest_epoch) {
  const recorded_view* latest = nullptr;
  std::set<std::string> present;
  const auto age = [](const recorded_view& view) { return std::tuple{view.epoch, view.number}; };
  for (const auto* report : all) {
    const auto& view = report->data.view;
    if (!view) continue;
    present.insert(view->me);
    if (latest == nullptr || age(*view) > age(*latest)) latest = &*view;
  }
  if (latest == nullptr || latest->epoch < newest_epoch || latest->members.empty()) return false;
  const bool complete = std::all_of(latest->members.begin(), latest->members.end(),
                                    [&](const std::string& member) { return present.contains(member); });
  return complete && std::any_of(all.begin(), all.end(), [&](const node_report* report) {
           const auto& view = report->data.view;
           return view && view->applied && holds_history(report->data) && age(*view) == age(*latest) &&
                  view->members == latest->members;
         });
}

// Two majorities have a node in common, who remembers what it agreed to: one without data may have lost that memory with its disk.
bool is_majority(const reports& all, const knowledge& known) {
  const auto remembering = std::count_if(all.begin(), all.end(), [](const node_report* report) {
    return report->data.kind != data_kind::empty;
  });
  return static_cast<std::size_t>(remembering) * 2 > known.cluster.size();
}

// Why the most advanced of those who answered is the most advanced of all; empty: that is not proved.
std::string proof(const knowledge& known, const reports& all, const node_report& winner,
                  const account& taken) {
  if (taken.clear.size() == known.cluster.size() && !taken.doubtful.contains(unlisted)) {
    return fmt::format("all nodes have answered and {} is the most advanced ({})", name(winner.node),
                       position(winner.data));
  }
  std::uint64_t newest_epoch = 0;
  bool unsafe = false;
  for (const auto* report : all) {
    newest_epoch = std::max(newest_epoch, report->newest_epoch);
    unsafe = unsafe || (report->data.kind == data_kind::unsafe && !taken.clear.contains(report->node));
  }
  if (unsafe || !is_majority(all, known)) return {};
  if (winner.data.last_one && winner.newest_epoch >= newest_epoch) {
    return fmt::format("{} was the last one in the cluster ({})", name(winner.node), position(winner.data));
  }
  if (newest_view_is_complete(all, newest_epoch)) {
    return fmt::format(
        "all members of the last Primary component have answered and {} is the most advanced ({})",
        name(winner.node), position(winner.data));
  }
  return {};
}

decision unproved(const knowledge& known, const reports& all, const node_report& winner, const account& taken,
                  const std::set<node_number>& unheard) {
  const auto so_far = fmt::format("{} is the most advanced of those who answered ({})", name(winner.node),
                                  position(winner.data));
  std::string doubts;
  for (const auto& [node, why] : taken.doubtful)
    doubts += fmt::format("; {} {}", node == unlisted ? "somebody" : name(node), why);
  if (all.size() * 2 <= known.cluster.size()) {
    return wait{
        unheard,
        fmt::format("{}, but too few of the nodes did: {} have to answer{}", so_far, names(unheard), doubts),
        false};
  }
  const auto ask =
      fmt::format("if that is all there will ever be: 'mgc bootstrap --force' on {}", name(winner.node));
  if (unheard.empty())
    return hopeless(fmt::format("{}, and it may lack transactions{}; {}", so_far, doubts, ask));
  return wait{unheard, fmt::format("{}, but {} may be ahead{}; {}", so_far, names(unheard), doubts, ask),
              false};
}

decision found_again(const knowledge& known, const reports& all, const reports& candidates,
                     const std::set<node_number>& unheard) {
  const auto& winner = most_advanced(candidates);
  for (const auto* other : candidates) {
    if (other->data.history != winner.data.history) {
      return hopeless(
          fmt::format("{} has {}, {} has {}: these are different histories. Move away the data of those that "
                      "are wrong, or "
                      "'mgc bootstrap --force' on one that is right",
                      name(winner.node), position(winner.data), name(other->node), position(other->data)));
    }
    if (!continues(winner.epochs, other->epochs, other->data.position, other->noted_at)) {
      return hopeless(
          fmt::format("{} ({}) and {} ({}) were bootstrapped apart from each other: 'mgc bootstrap --force' "
                      "on the one that is right",
                      name(winner.node), winner.data.position, name(other->node), other->data.position));
    }
  }
  const auto taken = take_account(all, winner);
  const auto why = proof(known, all, winner, taken);
  if (why.empty()) return unproved(known, all, winner, taken, unheard);
  if (known.self.server == server_state::non_primary && !known.cut_off_for_long)
    return wait{{}, why + "; Galera may yet heal by itself", false};
  if (winner.node != known.self.node && known.self.server == server_state::non_primary)
    return stand_down{fmt::format("{}; this server is cut off", why)};
  if (winner.node == known.self.node) {
    bootstrap founding{{}, why};
    for (const auto* report : all) {
      founding.electors.insert(report->node);
      if (report->node != known.self.node && report->server == server_state::non_primary)
        return wait{{report->node},
                    fmt::format("{}; {} is cut off, and stops its server first", why, name(report->node)),
                    false};
    }
    return founding;
  }
  return wait{{winner.node}, fmt::format("{}: it founds the cluster", why), false};
}

decision without_primary(const knowledge& known, const reports& all) {
  std::set<node_number> unheard{known.cluster.begin(), known.cluster.end()};
  for (const auto* report : all) unheard.erase(report->node);
  for (const auto* report : all) {
    if (report->nodes != known.self.nodes || report->cluster_name != known.self.cluster_name) {
      return hopeless(
          fmt::format("{} is configured for '{}' of {}, this node for '{}' of {}: make them equal",
                      name(report->node), report->cluster_name, fmt::join(report->nodes, " "),
                      known.self.cluster_name, fmt::join(known.self.nodes, " ")));
    }
    if (report->node == known.self.node) continue;
    if (report->server == server_state::starting)
      return wait{
          {report->node}, fmt::format("{} is starting ({})", name(report->node), report->phase), false};
    if (report->campaign)
      return wait{
          {report->node}, fmt::format("{} asks for leave to found the cluster", name(report->node)), false};
  }
  auto promised = redeem(all);
  if (promised.obstacle) return *promised.obstacle;
  reports candidates;
  for (const auto* report : all) {
    if (holds_history(report->data)) candidates.push_back(report);
  }
  return candidates.empty() ? found_new(known, all, unheard) : found_again(known, all, candidates, unheard);
}

decision forced(const knowledge& known, const reports& all) {
  if (known.self.data.kind == data_kind::aborted)
    return hopeless(
        "the data here is what a state transfer left that did not end: nothing can be founded with it");
  bootstrap founding{{}, "the operator's order (mgc bootstrap --force)"};
  for (const auto* report : all) {
    if (report->server == server_state::starting && report->node != known.self.node)
      return wait{{report->node}, fmt::format("{} is starting", name(report->node)), false};
    founding.electors.insert(report->node);
  }
  return founding;
}

}  // namespace

decision decide(const knowledge& known) {
  reports all{&known.self};
  reports primaries;
  for (const auto& report : known.heard) {
    all.push_back(&report);
    if (report.server == server_state::primary) primaries.push_back(&report);
  }
  if (!primaries.empty()) return with_primary(known, primaries);
  return known.force ? forced(known, all) : without_primary(known, all);
}

std::string describe(const local_data& data) {
  switch (data.kind) {
    case data_kind::empty: return "no data";
    case data_kind::plain: return "data that was never in a cluster";
    case data_kind::clean: return "stopped at " + position(data);
    case data_kind::crashed: return "at " + position(data);
    case data_kind::aborted: return "what is left of a state transfer";
    case data_kind::unsafe: return "data of a crash within DDL, at " + position(data);
  }
  return {};
}

std::string reason_of(const decision& what) {
  return std::visit([](const auto& chosen) { return chosen.why; }, what);
}

}  // namespace mgc::orchestrator
