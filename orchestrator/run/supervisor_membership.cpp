// What a member writes into its journal while it runs, for the day on which it is asked what it had.

#include <fmt/format.h>

#include <algorithm>

#include "orchestrator/run/membership.hpp"
#include "orchestrator/run/supervisor.hpp"
#include "orchestrator/server/inspect.hpp"

namespace mgc::orchestrator {
namespace {

using namespace std::chrono_literals;

constexpr auto between_notes = 10s;  // of a position that moves
constexpr auto steady_after = 60s;   // as a member: what failed before is forgotten

}  // namespace

// The journal first, then what the others hear.
void supervisor::note_membership() {
  if (clock::now() > member_since_ + steady_after) failures_ = 0;
  hopeless_ = seen_ && seen_->refused;
  const auto now_is = upgrading_ ? phase::upgrading : phase::running;
  if (!seen_ || !seen_->answers) {
    enter(now_is, fmt::format("the server does not answer: {}", seen_ ? seen_->problem : "not asked yet"));
    return;
  }
  if (!in_cluster() || !seen_->primary_component) {
    enter(now_is, "the server answers");
    return;
  }
  enter(now_is, fmt::format("{} of {} nodes are members; this one is {}", seen_->cluster_size,
                            std::max<std::size_t>(cluster_.size(), 1), seen_->state));
  // When more than one component has passed between two looks, this server can have been cut off and have found back to one of
  // another epoch.
  if (seen_->configuration != configuration_ && seen_->configuration != configuration_ + 1)
    was_cut_off(memory_);
  configuration_ = seen_->configuration;
  const auto peers = heard();
  const auto epochs = epochs_of(memory_, *seen_, peers);
  if (!epochs) {
    (void)save();
    return;
  }
  std::set<node_number> down;
  for (const auto& other : peers) {
    if (other.server == server_state::down) down.insert(other.node);
  }
  companions_by_memory members;
  for (const auto node :
       members_among(host_.settings.nodes, seen_->incoming_addresses, seen_->cluster_size)) {
    const auto other = peers_.find(node);
    members[node] =
        other != peers_.end() && other->second.report ? other->second.report->memory : std::string{};
  }
  members[host_.settings.self] = memory_.memory;
  // The position alone is worth a write now and then.
  const bool as_before = memory_.history == seen_->history && memory_.epochs == *epochs && !memory_.uncertain;
  const bool recent = as_before && clock::now() < noted_at_ + between_notes;
  became_member(memory_, seen_->history, *epochs, recent ? memory_.noted_at : seen_->last_committed, members,
                down);
  if (!recent) noted_at_ = clock::now();
  note_applied_view();
  (void)save();
}

// The component on record was there before and after this look, in which its beginning was applied and nothing waited.
void supervisor::note_applied_view() {
  auto view = read_view(host_.settings.directories.data, memory_);
  if (view && view_before_ && view->number == view_before_->number &&
      view->members == view_before_->members && view->members == seen_->applied_members &&
      seen_->receive_queue == 0) {
    memory_.applied = view;
    memory_.applied->applied = true;
  }
  view_before_ = std::move(view);
}

}  // namespace mgc::orchestrator
