#include "tests/simulator/coordinator.hpp"

#include <algorithm>
#include <bit>

#include "orchestrator/run/membership.hpp"

namespace mgc::simulator {

using namespace orchestrator;

namespace {

constexpr unsigned long_cut_off = 3;  // rounds

node_set mask(const std::set<node_number>& nodes) {
  node_set found = 0;
  for (const auto node : nodes) found |= only(node - 1);
  return found;
}

std::set<node_number> numbers(node_set nodes) {
  std::set<node_number> found;
  for (unsigned node = 0; node < most_nodes; ++node) {
    if (has(nodes, node)) found.insert(node + 1);
  }
  return found;
}

std::string uuid(std::uint16_t cluster) {
  return cluster == 0 ? std::string{} : "u" + std::to_string(cluster);
}

}  // namespace

coordinator::coordinator(unsigned node, const policy& tried, galera& cluster)
    : node_{node}, tried_{&tried}, galera_{&cluster} {
  for (unsigned one = 0; one < cluster.nodes(); ++one) known_.cluster.push_back(one + 1);
}

// ---- what it is

void coordinator::start(std::uint32_t number) {
  up_ = true;
  incarnation_ = number;
  run_ = "r" + std::to_string(number);
  stage_ = stage::idle;
  votes_ = {};
  campaign_.reset();
  known_.heard.clear();
  last_ = wait{};
  cut_off_for_ = 0;
  memory_ = durable_.value_or(journal{});
  if (!tried_->pledges_durable) memory_.pledges.clear();
  look_at_data();
  if (memory_.memory.empty())
    memory_ =
        new_journal("m" + std::to_string(number), data_, {known_.cluster.begin(), known_.cluster.end()});
  persist();
}

void coordinator::die() {
  up_ = false;
  campaign_.reset();
  stage_ = stage::idle;
}

void coordinator::look_at_data() {
  data_ = inspect();
  server_ = server_state::down;
  had_server_ = false;
  processed_ = -1;
  view_before_.reset();
}

// gvwstate.dat, or what was kept of it.
std::optional<recorded_view> coordinator::recorded() const {
  const auto& disk = galera_->disks[node_];
  if (disk.view < 0) return {};
  const auto& made = galera_->components[static_cast<std::size_t>(disk.view)];
  recorded_view seen;
  seen.me = "g" + std::to_string(disk.view_me);
  for (unsigned node = 0; node < galera_->nodes(); ++node) {
    if (has(made.members, node)) seen.members.push_back("g" + std::to_string(made.runs[node]));
  }
  seen.number = made.number;
  return complete(std::move(seen), memory_);
}

local_data coordinator::inspect() const {
  const auto& disk = galera_->disks[node_];
  local_data found;
  if (!disk.data) return found;
  if (disk.transferring) {
    found.kind = data_kind::aborted;
  } else if (!disk.state.present) {
    found.kind = data_kind::plain;
  } else {
    const auto& last = galera_->tree[disk.applied];
    found.history = uuid(last.cluster);
    found.position = last.length;
    if (disk.state.cluster == 0) {
      found.kind = data_kind::unsafe;
    } else {
      found.kind = disk.state.position >= 0 ? data_kind::clean : data_kind::crashed;
      found.last_one = disk.state.safe && !memory_.wrote_safe;
    }
  }
  found.view = recorded();
  if (!found.view && memory_.view && memory_.view_position == found.position) found.view = memory_.view;
  return found;
}

node_report coordinator::report() const {
  node_report mine;
  mine.node = node_ + 1;
  mine.run = run_;
  mine.server = server_;
  fill_report(mine, memory_, data_);
  if (campaign_) mine.campaign = campaign_->what();
  return mine;
}

// ---- peers

peer_answer coordinator::answer(const peer_request& request) {
  known_.self = report();
  auto how = votes_.answer(request, known_.self, known_, memory_);
  persist();
  return how;
}

outgoing coordinator::begin_round() {
  ++round_;
  known_.heard.clear();
  stage_ = stage::asking;
  return {static_cast<node_set>(((1U << galera_->nodes()) - 1) & ~(1U << node_)), {}};
}

void coordinator::heard(unsigned who, const peer_answer& what) {
  switch (stage_) {
    case stage::asking: known_.heard.push_back(what.report); break;
    case stage::announcing: joined_epoch_ = what.report.newest_epoch; break;
    case stage::canvassing:
    case stage::confirming: campaign_->answered(who + 1, what); break;
    default: return;
  }
  if (what.agreed) agreed_ |= only(who);
}

bool coordinator::majority_agreed() const {
  return 2U * (static_cast<unsigned>(std::popcount(agreed_)) + 1) > galera_->nodes();
}

outgoing coordinator::end_round() {
  const bool own = tried_->decide == orchestrator::decide;
  switch (stage_) {
    case stage::asking: return end_asking();
    case stage::canvassing: {
      if (own ? !campaign_->may_go_on() : !majority_agreed()) return withdraw();
      const auto confirmers = own ? mask(campaign_->confirmers()) : agreed_;
      agreed_ = 0;
      ++round_;
      stage_ = tried_->second_round ? stage::confirming : stage::elected;
      return tried_->second_round ? outgoing{confirmers, confirm{campaign_->what()}} : outgoing{};
    }
    case stage::confirming:
      if (own ? !campaign_->elected() : !majority_agreed()) return withdraw();
      stage_ = stage::elected;
      return {};
    case stage::announcing: stage_ = agreed_ != 0 ? stage::joining_1 : stage::idle; return {};
    default: return {};
  }
}

outgoing coordinator::end_asking() {
  stage_ = stage::idle;
  if (server_ == server_state::starting) return {};
  if (server_ == server_state::primary) {
    note_membership();
    return {};
  }
  cut_off_for_ = server_ == server_state::non_primary ? cut_off_for_ + 1 : 0;
  known_.self = report();
  known_.cut_off_for_long = cut_off_for_ > long_cut_off;
  known_.allow_data_replace = has(galera_->may_replace, node_);
  last_ = tried_->decide(known_);
  return act();
}

outgoing coordinator::act() {
  ++round_;
  agreed_ = 0;
  if (const auto* const joining = std::get_if<join>(&last_)) {
    stage_ = stage::announcing;
    replace_ = joining->replace;
    return {only(joining->primary - 1), announce{node_ + 1, memory_.memory}};
  }
  if (const auto* const founding = std::get_if<bootstrap>(&last_)) {
    votes_.forget();
    stood_with_ = server_;
    campaign_.emplace(*founding, known_, memory_,
                      "b" + std::to_string(incarnation_) + "." + std::to_string(++ballots_));
    persist();
    stage_ = tried_->ballots ? stage::canvassing : stage::elected;
    return tried_->ballots ? outgoing{mask(campaign_->asked()), campaign_->first_round()} : outgoing{};
  }
  if (std::holds_alternative<stand_down>(last_)) {
    galera_->stop(node_);
    look_at_data();
  }
  return {};
}

outgoing coordinator::withdraw() {
  const outgoing off{mask(campaign_->asked()), orchestrator::withdraw{campaign_->what()}};
  campaign_.reset();
  close_campaign(memory_);
  persist();
  stage_ = stage::idle;
  ++round_;
  return off;
}

// ---- local steps

outgoing coordinator::proceed() {
  auto& disk = galera_->disks[node_];
  const bool runs = stood_with_ == server_state::non_primary;
  switch (stage_) {
    case stage::elected:
      // Galera may have healed meanwhile what was cut off, or the server has ended.
      if (server_ != stood_with_) return withdraw();
      stage_ = stage::founding_1;
      if (runs) break;
      server_ = server_state::starting;
      if (data_.kind != data_kind::empty) break;
      disk.data = true;
      disk.applied = galera_->tree.new_cluster(no_history);
      data_ = {};
      data_.kind = data_kind::plain;
      break;
    case stage::founding_1:
      about_to_bootstrap(memory_, campaign_->what(), data_, !runs);
      persist();
      stage_ = runs ? stage::founding_4 : stage::founding_2;
      break;
    case stage::founding_2:
      if (disk.state.present) disk.state.safe = true;
      stage_ = stage::founding_3;
      break;
    case stage::founding_3:
      disk.view = -1;
      stage_ = stage::founding_4;
      break;
    case stage::founding_4:
      if (runs) {
        if (galera_->runs(node_)) galera_->tell_to_found(node_);
      } else {
        galera_->start_founding(node_);
        had_server_ = true;
        data_.view.reset();
      }
      campaign_.reset();
      stage_ = stage::idle;
      break;
    case stage::joining_1:
      votes_.forget();
      about_to_join(memory_, joined_epoch_, data_);
      persist();
      stage_ = stage::joining_2;
      break;
    case stage::joining_2:
      if (replace_) galera_->give_up_data(node_);
      stage_ = stage::joining_3;
      break;
    case stage::joining_3:
      disk.view = -1;
      stage_ = stage::joining_4;
      break;
    case stage::joining_4:
      galera_->start_joining(node_);
      had_server_ = true;
      server_ = server_state::starting;
      data_.view.reset();
      stage_ = stage::idle;
      break;
    default: break;
  }
  return {};
}

// ---- the server

bool coordinator::watch() {
  const auto& server = galera_->servers[node_];
  if (server.state == process::none) {
    if (!had_server_ || has_step()) return false;
    if (campaign_) {  // its own server ended under a ballot that speaks of it
      campaign_.reset();
      close_campaign(memory_);
      persist();
    }
    stage_ = stage::idle;
    ++round_;
    look_at_data();
    return true;
  }
  had_server_ = true;
  if (memory_.untouched && galera_->disks[node_].data) {
    saw_data(memory_);
    persist();
  }
  if (server.state != process::member || server.sql == standing::unknown) {
    if (server_ == server_state::starting) return false;
    server_ = server_state::starting;  // a state transfer
    return true;
  }
  const auto before = server_;
  server_ = server.sql == standing::primary ? server_state::primary : server_state::non_primary;
  const auto& last = galera_->tree[galera_->disks[node_].applied];
  const bool news = server_ != before || data_.position != last.length;
  data_.kind = data_kind::crashed;
  data_.history = uuid(last.cluster);
  data_.position = last.length;
  data_.last_one = false;
  if (server_ == before) return news;
  if (server_ == server_state::non_primary) {
    data_.view = recorded();
    was_cut_off(memory_);
    persist();
  } else {
    note_membership();
  }
  return true;
}

void coordinator::note_membership() {
  const auto& server = galera_->servers[node_];
  if (server.state != process::member || server.sql != standing::primary) return;
  const auto& processed = galera_->components[static_cast<std::size_t>(server.processed)];
  if (server.processed != processed_) {  // it may have been cut off in between, unseen
    was_cut_off(memory_);
    processed_ = server.processed;
  }
  server_observation now;
  now.history = uuid(galera_->tree[galera_->disks[node_].applied].cluster);
  now.cluster_size = static_cast<unsigned>(std::popcount(processed.members));
  const auto epochs = epochs_of(memory_, now, known_.heard);
  if (!epochs) return persist();
  std::set<node_number> down;
  for (const auto& peer : known_.heard) {
    if (peer.server == server_state::down) down.insert(peer.node);
  }
  companions_by_memory members;
  for (const auto number : numbers(processed.members)) members[number] = {};
  for (const auto& peer : known_.heard) {
    if (members.contains(peer.node)) members[peer.node] = peer.memory;
  }
  members[node_ + 1] = memory_.memory;
  became_member(memory_, now.history, *epochs, data_.position, members, down);
  note_applied_view();
  persist();
}

void coordinator::note_applied_view() {
  const auto& server = galera_->servers[node_];
  const auto& disk = galera_->disks[node_];
  auto view = recorded();
  const bool nothing_waits = server.component >= 0 && galera_->of(node_).primary &&
                             (server.needs_transfer || disk.applied == galera_->of(node_).head);
  const auto& processed = galera_->components[static_cast<std::size_t>(server.processed)];
  const auto& written = galera_->components[static_cast<std::size_t>(std::max<std::int16_t>(disk.view, 0))];
  if (view && view_before_ && view->number == view_before_->number &&
      view->members == view_before_->members && written.members == processed.members &&
      written.runs == processed.runs && nothing_waits) {
    memory_.applied = view;
    memory_.applied->applied = true;
  }
  view_before_ = std::move(view);
}

}  // namespace mgc::simulator
