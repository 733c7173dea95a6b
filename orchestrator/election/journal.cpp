#include "orchestrator/election/journal.hpp"

#include <algorithm>

namespace mgc::orchestrator {

journal new_journal(std::string memory, const local_data& data, const std::set<node_number>& cluster) {
  journal fresh;
  fresh.memory = std::move(memory);
  if (data.kind != data_kind::empty && data.kind != data_kind::plain) {
    fresh.history = data.history;
    for (const auto node : cluster) fresh.companions[node] = {};
    fresh.uncertain = true;
  }
  fresh.untouched = data.kind == data_kind::empty;
  return fresh;
}

namespace {

// The identity of a journal that was known and is not said now stays.
void note(companions_by_memory& companions, node_number node, const std::string& memory) {
  auto& known = companions[node];
  if (!memory.empty()) known = memory;
}

}  // namespace

void became_member(journal& memory, const history_id& history, const lineage& epochs, seqno position,
                   const companions_by_memory& members, const std::set<node_number>& down) {
  if (memory.history != history) {
    memory.companions.clear();
    memory.pledges.clear();
  }
  memory.history = history;
  memory.epochs = epochs;
  memory.noted_at = position;
  std::erase_if(memory.companions, [&](const auto& companion) {
    return companion.first == unlisted ||
           (down.contains(companion.first) && !members.contains(companion.first));
  });
  for (const auto& [node, identity] : members) note(memory.companions, node, identity);
  std::erase_if(memory.expected, [&](const auto& one) { return members.contains(one.first); });
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

void saw_data(journal& memory) { memory.untouched = false; }

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
  report.noted_at = memory.noted_at;
  report.companions = memory.companions;
  for (const auto& [node, identity] : memory.expected) {
    const auto [seen, fresh] = report.companions.emplace(node, identity);
    if (!fresh && seen->second != identity) seen->second.clear();
  }
  report.pledges = memory.pledges;
  report.untouched = memory.untouched && data.kind == data_kind::empty;
}

}  // namespace mgc::orchestrator
