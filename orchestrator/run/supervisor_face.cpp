// What the supervisor answers to peers, operators and monitoring.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include "orchestrator/peers/own_process.hpp"
#include "orchestrator/run/membership.hpp"
#include "orchestrator/run/supervisor.hpp"
#include "shaper/version.hpp"

namespace mgc::orchestrator {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds time_to_enter{5};

}  // namespace

node_report supervisor::report() const {
  node_report mine;
  mine.node = host_.settings.self;
  mine.run = run_;
  mine.nodes = node_list_;
  mine.cluster_name = host_.settings.cluster_name;
  mine.server = server_;
  fill_report(mine, memory_, data_);
  mine.campaign = campaign_;
  mine.phase = to_string(phase_);
  mine.reason = reason_;
  if (seen_ && !seen_->version.empty()) {
    mine.server_version = seen_->version;
  } else if (installed_) {
    mine.server_version = to_string(*installed_);
  }
  if (seen_ && seen_->galera) {
    mine.wsrep_state = seen_->state;
    mine.cluster_size = seen_->primary_component ? seen_->cluster_size : 0;
    mine.caught_up =
        server_ == server_state::primary && seen_->state == "Synced" && seen_->receive_queue == 0;
    if (server_ == server_state::primary && seen_->answers && seen_->primary_component) {
      const auto members = each_member(seen_->incoming_addresses);
      mine.members.assign(members.begin(), members.end());
    }
  }
  return mine;
}

// Two servers that enter the group at one moment hold each other up for seconds (each changes the membership that the other is
// about to agree on), and the donor serves one after the other anyway.
std::string supervisor::others_first(node_number node) const {
  if (!joining_ || joining_->node == node || clock::now() > joining_->since + time_to_enter) return {};
  if (seen_ && members_among(host_.settings.nodes, seen_->incoming_addresses, 0).contains(joining_->node))
    return {};
  return fmt::format("node{} is entering just now; one after the other", joining_->node);
}

asio::awaitable<peer_answer> supervisor::answer(peer_request request) {
  const auto* const coming = std::get_if<announce>(&request);
  if (coming != nullptr) {
    if (auto why = others_first(coming->node); !why.empty())
      co_return peer_answer{false, std::move(why), report()};
  }
  const auto before = memory_;
  auto given = voter_.answer(request, report(), known(), memory_);
  if (!save()) {
    memory_ = before;
    voter_.forget();
    co_return peer_answer{false, fmt::format("node{} cannot write its journal", host_.settings.self),
                          report()};
  }
  if (coming != nullptr && given.agreed) joining_ = {coming->node, clock::now()};
  if (std::holds_alternative<confirm>(request)) {
    const auto& what = std::get<confirm>(request).what;
    spdlog::info("{} that node{} founds the cluster (epoch {}){}{}", given.agreed ? "agreed" : "not agreed",
                 what.candidate, what.epoch, given.agreed ? "" : ": ", given.why);
  }
  co_return given;
}

node_health supervisor::health() {
  constexpr unsigned too_many_failures = 5;
  node_health now;
  now.live = failures_ < too_many_failures;
  const bool answers = seen_ && seen_->answers;
  if (in_cluster()) {
    const bool member = server_ == server_state::primary && answers;
    now.ready = member && seen_->ready && seen_->state == "Synced";
    now.donor_ok = now.ready || (member && seen_->state == "Donor/Desynced");
  } else {
    now.ready = now.donor_ok = server_ == server_state::primary && answers;
  }
  now.phase = to_string(phase_);
  now.reason = reason_;
  return now;
}

node_status supervisor::status() {
  node_status all;
  all.version = version_text("mgc");
  all.address = host_.settings.address;
  all.self = report();
  all.health = health();
  for (const auto& [number, one] : peers_) {
    peer_status shown{number, one.address, one.report, one.problem, std::nullopt};
    if (one.heard_at)
      shown.age = std::chrono::duration_cast<std::chrono::seconds>(clock::now() - *one.heard_at);
    all.peers.push_back(std::move(shown));
  }
  return all;
}

node_metrics supervisor::metrics() {
  node_metrics now;
  now.version = MGC_VERSION;
  now.cluster = host_.settings.cluster_name;
  now.node = host_.settings.self;
  now.phase = to_string(phase_);
  now.server = server_;
  now.waits_for_operator = hopeless_;
  const auto flush = option_value(host_.settings, "innodb_flush_log_at_trx_commit");
  now.durable_commits =
      flush.empty() || flush == "1";  // the server's own default, for files of the operator's
  now.nodes_configured = static_cast<unsigned>(cluster_.size());
  for (const auto& [number, one] : peers_) now.peers_heard[number] = one.report.has_value();
  if (seen_ && seen_->answers) {
    now.server_version = seen_->version;
    if (seen_->galera) {
      now.cluster_size = seen_->primary_component ? seen_->cluster_size : 0;
      now.position = seen_->last_committed;
      now.receive_queue = seen_->receive_queue;
      now.flow_control_paused_seconds = static_cast<double>(seen_->flow_control_paused_ns) / 1e9;
      now.wsrep_local_state = seen_->local_state;
    }
  }
  now.server_starts = starts_;
  now.server_unexpected_exits = unexpected_ends_;
  now.elections_won = won_;
  now.elections_lost = lost_;
  if (budget_ != nullptr) {
    const auto limit = budget_->tokens().limit();
    now.transfer_limit = limit;
    const auto moment = clock::now();
    for (const auto& one : budget_->transfers()) {
      const auto began = moment - (std::chrono::system_clock::now() - one.started);
      shaper::progress_meter meter{std::chrono::time_point_cast<clock::duration>(began), one.identity.total};
      now.transfers.push_back(
          {one.identity.kind, one.identity.peer, meter.measure(one.figures, limit, moment)});
    }
  }
  const auto process = own_process_figures();
  now.resident_memory_bytes = process.resident_memory_bytes;
  now.cpu_seconds = process.cpu_seconds;
  return now;
}

asio::awaitable<admin_answer> supervisor::force_bootstrap(bool really) {
  if (!in_cluster()) co_return admin_answer{false, "cluster_mode=0: this server is in no cluster"};
  if (server_ == server_state::primary)
    co_return admin_answer{false, "this node is a member of a Primary component"};
  if (server_ == server_state::starting) {
    co_return admin_answer{
        false, fmt::format("this node is {}: {}; try again when it waits", to_string(phase_), reason_)};
  }
  auto all = known();
  all.force = true;
  const auto would = decide(all);
  if (!std::holds_alternative<bootstrap>(would)) co_return admin_answer{false, reason_of(would)};
  std::string text =
      fmt::format("node{} founds the cluster with what it has: {}", host_.settings.self, describe(data_));
  for (const auto& [number, one] : peers_) {
    if (!one.report) {
      text += fmt::format(
          "\nnode{} does not answer ({}). If it is Primary now, there will be two clusters. What it has and "
          "this node has not is lost",
          number, one.problem);
    } else {
      text += fmt::format(
          "\nnode{}: {}{}", number, describe(one.report->data),
          one.report->data.position > data_.position ? "; what it has beyond this node is lost" : "");
    }
  }
  text += "\nWithout this order: " + reason_;
  if (really) {
    spdlog::warn("the operator orders this node to found the cluster");
    forced_ = true;
    not_before_ = {};
    wake();
  }
  co_return admin_answer{true, std::move(text)};
}

}  // namespace mgc::orchestrator
