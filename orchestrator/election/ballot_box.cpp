#include "orchestrator/election/ballot_box.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mgc::orchestrator {
namespace {

constexpr std::size_t most_pledges = 64;

// Why this node may not give its leave for a bootstrap now, whoever asks; empty: it may.
std::string engaged(const node_report& me, const knowledge& known) {
  if (me.server == server_state::primary) return fmt::format("node{} is Primary", me.node);
  if (me.server == server_state::starting) return fmt::format("the server of node{} is starting", me.node);
  if (me.campaign) return fmt::format("node{} asks for leave itself", me.node);
  for (const auto& peer : known.heard) {
    if (peer.server == server_state::primary)
      return fmt::format("node{} hears node{}, which is Primary", me.node, peer.node);
  }
  return {};
}

std::string behind(const canvass& asked, const node_report& me) {
  if (me.data.history.empty()) return {};
  if (asked.history != me.data.history)
    return fmt::format("node{} has another history: {}", me.node, me.data.history);
  if (asked.position < me.data.position && me.data.kind != data_kind::unsafe)
    return fmt::format("node{} is ahead, at {}", me.node, me.data.position);
  return {};
}

// The founder's data has all that the others have; so their epochs, which it may not have noted, are in its past.
void take_over_epochs(journal& memory, const node_report& self, const std::vector<node_report>& heard) {
  for (const auto& peer : heard) {
    if (peer.data.history != self.data.history) continue;
    for (const auto& opened : peer.epochs) {
      const auto place =
          std::lower_bound(memory.epochs.begin(), memory.epochs.end(), opened,
                           [](const epoch& one, const epoch& other) { return one.number < other.number; });
      if (std::find(memory.epochs.begin(), memory.epochs.end(), opened) == memory.epochs.end())
        memory.epochs.insert(place, opened);
    }
  }
  if (memory.epochs.size() > longest_lineage)
    memory.epochs.erase(memory.epochs.begin(), memory.epochs.end() - longest_lineage);
}

}  // namespace

peer_answer elector::to(const canvass& asked, const node_report& me, const knowledge& known,
                        const journal& memory) {
  auto why = engaged(me, known);
  // A server that runs may find back to a Primary component by itself at any moment, whatever is agreed to here.
  if (why.empty() && me.server == server_state::non_primary && !(asked.forced && asked.running))
    why = fmt::format("the server of node{} still runs, cut off", me.node);
  if (why.empty() && !asked.forced) why = behind(asked, me);
  if (why.empty() && memory.pledges.size() >= most_pledges)
    why = fmt::format("node{} has agreed to {} bootstraps whose outcome it never learned", me.node,
                      memory.pledges.size());
  if (!why.empty()) return {false, std::move(why), me};
  still_for_ = asked.what;
  told_ = me.data;
  return {true, {}, me};
}

peer_answer elector::to(const confirm& asked, const node_report& me, const knowledge& known,
                        journal& memory) {
  auto why = engaged(me, known);
  if (why.empty() && still_for_ != asked.what)
    why = fmt::format("node{} has not kept still for this ballot", me.node);
  if (why.empty() && told_ != me.data)
    why = fmt::format("the data of node{} has changed since it told of it", me.node);
  if (!why.empty()) return {false, std::move(why), me};
  memory.pledges.push_back(asked.what);
  auto after = me;
  after.pledges = memory.pledges;
  return {true, {}, std::move(after)};
}

peer_answer elector::answer(const peer_request& request, const node_report& me, const knowledge& known,
                            journal& memory) {
  if (const auto* const first = std::get_if<canvass>(&request)) return to(*first, me, known, memory);
  if (const auto* const second = std::get_if<confirm>(&request)) return to(*second, me, known, memory);
  if (const auto* const off = std::get_if<withdraw>(&request)) {
    std::erase_if(memory.pledges, [&](const ballot& pledge) { return pledge.id == off->what.id; });
    if (still_for_ && still_for_->id == off->what.id) still_for_.reset();
    return {true, {}, me};
  }
  const auto& coming = std::get<announce>(request);
  if (me.server != server_state::primary) return {false, fmt::format("node{} is not Primary", me.node), me};
  memory.expected[coming.node] = coming.memory;
  return {true, {}, me};
}

candidacy::candidacy(const bootstrap& proposal, const knowledge& known, journal& memory, std::string id)
    : known_{known}, asked_{proposal.electors} {
  what_.id = std::move(id);
  what_.candidate = known.self.node;
  what_.memory = memory.memory;
  what_.epoch = known.self.newest_epoch;
  const auto consider = [this](const node_report& report) {
    what_.epoch = std::max(what_.epoch, report.newest_epoch);
    for (const auto& pledge : report.pledges) what_.epoch = std::max(what_.epoch, pledge.epoch);
  };
  consider(known.self);
  for (const auto& report : known.heard) consider(report);
  ++what_.epoch;
  asked_.erase(known.self.node);
  close_campaign(memory);
  if (!known.force) take_over_epochs(memory, known.self, known.heard);
  memory.campaign = what_;
}

canvass candidacy::first_round() const {
  const auto& data = known_.self.data;
  return {
      what_,       data.history, data.position, data.kind, known_.self.server == server_state::non_primary,
      known_.force};
}

void candidacy::answered(node_number who, const peer_answer& how) {
  if (!how.agreed) {
    why_not_ = how.why;
    refused_ = true;
    refused_by_primary_ = refused_by_primary_ || how.report.server == server_state::primary;
  } else if (second_round_) {
    confirmed_.insert(who);
  } else {
    told_.push_back(how.report);
  }
}

void candidacy::not_answered(node_number, std::string why) { why_not_ = std::move(why); }

bool candidacy::may_go_on() {
  second_round_ = true;
  if (refused_by_primary_) return false;
  // An order goes over the data of others and over who is silent, not over somebody who is about to found as well.
  if (known_.force && refused_) return false;
  auto told = known_;
  told.heard = told_;
  const auto again = decide(told);
  const auto* const still = std::get_if<bootstrap>(&again);
  if (still == nullptr) {
    if (why_not_.empty()) why_not_ = reason_of(again);
    return false;
  }
  confirmers_ = still->electors;
  confirmers_.erase(known_.self.node);
  why_not_.clear();
  return true;
}

bool candidacy::elected() const { return second_round_ && confirmed_ == confirmers_; }

}  // namespace mgc::orchestrator
