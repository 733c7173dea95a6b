#include "orchestrator/election/journal.hpp"

#include <algorithm>

namespace mgc::orchestrator {

journal new_journal(std::string memory, const local_data& data, const std::set<node_number>& cluster) {
  journal fresh;
  fresh.memory = std::move(memory);
  if (data.kind != data_kind::empty && data.kind != data_kind::plain) {
    fresh.history = data.history;
    fresh.companions = cluster;
    fresh.uncertain = true;
  }
  return fresh;
}

void became_member(journal& memory, const history_id& history, const lineage& epochs,
                   const std::set<node_number>& members, const std::set<node_number>& down) {
  if (memory.history != history) {
    memory.companions.clear();
    memory.pledges.clear();
  }
  memory.history = history;
  memory.epochs = epochs;
  std::erase_if(memory.companions,
                [&](node_number node) { return down.contains(node) && !members.contains(node); });
  memory.companions.erase(unlisted);
  memory.companions.insert(members.begin(), members.end());
  std::erase_if(memory.expected, [&](node_number node) { return members.contains(node); });
  std::erase_if(memory.pledges, [&](const ballot& pledge) { return pledge.epoch <= newest(epochs); });
  memory.campaign.reset();
  memory.bootstrapping = false;
  memory.bootstrapped_at = no_seqno;
  memory.wrote_safe = false;
  memory.untouched = false;
  memory.uncertain = false;
  memory.joining = 0;
  memory.view.reset();
  memory.view_position = no_seqno;
}

void close_campaign(journal& memory) {
  memory.epochs = opened_epochs(memory);
  memory.campaign.reset();
  memory.bootstrapping = false;
  memory.bootstrapped_at = no_seqno;
}

void was_cut_off(journal& memory) { memory.uncertain = true; }

namespace {

void keep_view(journal& memory, const local_data& data) {
  memory.view = data.view;
  memory.view_position = data.view ? data.position : no_seqno;
}

}  // namespace

void about_to_join(journal& memory, std::uint64_t newest_epoch, const local_data& data) {
  close_campaign(memory);
  memory.untouched = data.kind == data_kind::empty;
  memory.uncertain = true;
  memory.joining = std::max(memory.joining, newest_epoch);
  keep_view(memory, data);
}

void about_to_bootstrap(journal& memory, const ballot& elected, const local_data& data, bool writes_safe) {
  memory.untouched = false;
  memory.campaign = elected;
  memory.bootstrapping = true;
  memory.wrote_safe = memory.wrote_safe || (writes_safe && !data.last_one);
  memory.bootstrapped_at = data.position;
  keep_view(memory, data);
}

lineage opened_epochs(const journal& memory) {
  auto epochs = memory.epochs;
  if (memory.campaign && memory.bootstrapping) {
    epochs.push_back({memory.campaign->epoch, memory.campaign->id, memory.bootstrapped_at});
    if (epochs.size() > longest_lineage) epochs.erase(epochs.begin());
  }
  return epochs;
}

recorded_view complete(recorded_view read, const journal& memory) {
  std::sort(read.members.begin(), read.members.end());
  read.epoch = std::max(newest(memory.epochs), memory.joining);
  if (memory.bootstrapping) read.epoch = std::max(read.epoch, memory.campaign->epoch);
  read.applied = memory.applied && memory.applied->me == read.me && memory.applied->number == read.number &&
                 memory.applied->members == read.members;
  return read;
}

void fill_report(node_report& report, const journal& memory, const local_data& data) {
  const bool same = data.history.empty() || memory.history == data.history;
  report.data = data;
  report.memory = memory.memory;
  report.epochs = same && !memory.uncertain ? opened_epochs(memory) : lineage{};
  report.newest_epoch = same ? std::max(newest(memory.epochs), memory.joining) : 0;
  if (memory.bootstrapping) report.newest_epoch = std::max(report.newest_epoch, memory.campaign->epoch);
  report.companions = memory.companions;
  report.companions.insert(memory.expected.begin(), memory.expected.end());
  report.pledges = memory.pledges;
  report.untouched = memory.untouched && data.kind == data_kind::empty;
}

}  // namespace mgc::orchestrator
