// prometheus-cpp's registries are for counters that live as long as the program. Here every figure is known to somebody else,
// so only the library's plain structs and its serializer are used, anew for each scrape.

#include "orchestrator/peers/metrics.hpp"

#include <fmt/format.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <limits>
#include <list>
#include <string_view>
#include <utility>

#include "orchestrator/peers/report_json.hpp"

namespace mgc::orchestrator {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using labels = std::vector<ClientMetric::Label>;

// Collects the families; one without samples is left out.
class page {
 public:
  MetricFamily& gauge(std::string name, std::string help) {
    return family(MetricType::Gauge, std::move(name), std::move(help));
  }
  MetricFamily& counter(std::string name, std::string help) {
    return family(MetricType::Counter, std::move(name), std::move(help));
  }

  template <class Value>
  void gauge(std::string name, std::string help, const std::optional<Value>& value) {
    if (value) add(gauge(std::move(name), std::move(help)), static_cast<double>(*value));
  }
  template <class Value>
  void counter(std::string name, std::string help, const std::optional<Value>& value) {
    if (value) add(counter(std::move(name), std::move(help)), static_cast<double>(*value));
  }

  static void add(MetricFamily& to, double value, labels with = {}) {
    ClientMetric& sample = to.metric.emplace_back();
    sample.label = std::move(with);
    (to.type == MetricType::Counter ? sample.counter.value : sample.gauge.value) = value;
  }

  std::string text() const {
    std::vector<MetricFamily> shown;
    for (const auto& one : families_) {
      if (!one.metric.empty()) shown.push_back(one);
    }
    return prometheus::TextSerializer{}.Serialize(shown);
  }

 private:
  MetricFamily& family(MetricType type, std::string name, std::string help) {
    return families_.emplace_back(MetricFamily{std::move(name), std::move(help), type, {}});
  }

  std::list<MetricFamily> families_;
};

double one_if(bool truth) { return truth ? 1 : 0; }

void add_node(page& to, const node_metrics& metrics) {
  page::add(to.gauge("mgc_info", "Cluster, node, and versions of its programs; always 1."), 1,
            {{"version", metrics.version},
             {"server_version", metrics.server_version},
             {"cluster", fit_for_json(metrics.cluster, longest_word)},
             {"node", std::to_string(metrics.node)}});
  page::add(to.gauge("mgc_phase", "1 for the phase that mgc is in; the others are not there."), 1,
            {{"phase", metrics.phase}});
  auto& server =
      to.gauge("mgc_server_state", "1 for the state that this node's server is in, 0 for the others.");
  for (const auto& [name, state] : server_states) {
    page::add(server, one_if(state == metrics.server), {{"state", std::string{name}}});
  }
  page::add(to.gauge("mgc_waits_for_operator",
                     "1 when waiting alone will not help; `mgc status` and the log say what is to be done."),
            one_if(metrics.waits_for_operator));
  page::add(
      to.gauge("mgc_durable_commits",
               "1 when innodb_flush_log_at_trx_commit=1 is configured, as no acknowledged transaction may be "
               "lost when all nodes crash together; else 0."),
      one_if(metrics.durable_commits));
  page::add(to.gauge("mgc_cluster_size",
                     "Members of the Primary component that this node is in; 0 when it is in none."),
            metrics.cluster_size);
  page::add(
      to.gauge("mgc_cluster_nodes_configured", "Nodes of the cluster as this node has them configured."),
      metrics.nodes_configured);
  auto& peers = to.gauge("mgc_peer_up", "1 when the node answered when it was last asked, else 0.");
  for (const auto& [node, heard] : metrics.peers_heard) {
    page::add(peers, one_if(heard), {{"node", std::to_string(node)}});
  }
}

void add_server(page& to, const node_metrics& metrics) {
  to.gauge("mgc_wsrep_local_state",
           "Galera's state of this node: 1 joining, 2 donor or desynced, 3 joined, 4 synced.",
           metrics.wsrep_local_state);
  to.gauge("mgc_seqno",
           "Number of the last transaction of the cluster's history that this node has; -1: not known.",
           metrics.position);
  to.gauge("mgc_recv_queue_length", "Write-sets that wait to be applied.", metrics.receive_queue);
  to.counter("mgc_flow_control_paused_seconds_total",
             "Seconds since the server's start in which flow control paused replication.",
             metrics.flow_control_paused_seconds);
  page::add(to.counter("mgc_server_starts_total", "Starts of the server by this mgc."),
            static_cast<double>(metrics.server_starts));
  page::add(to.counter("mgc_server_unexpected_exits_total", "Ends of the server that nobody had asked for."),
            static_cast<double>(metrics.server_unexpected_exits));
  auto& elections = to.counter("mgc_elections_total", "Ballots of this node's own, by their outcome.");
  page::add(elections, static_cast<double>(metrics.elections_won), {{"outcome", "won"}});
  page::add(elections, static_cast<double>(metrics.elections_lost), {{"outcome", "lost"}});
}

// Two transfers of one kind with one peer are one to a reader of metrics: no two samples may have the same labels.
std::map<std::pair<std::string, std::string>, shaper::progress> by_peer(
    const std::vector<transfer_metrics>& transfers) {
  std::map<std::pair<std::string, std::string>, shaper::progress> sums;
  for (const auto& one : transfers) {
    auto& sum = sums[{fit_for_json(one.kind, longest_word), fit_for_json(one.peer, longest_word)}];
    sum.bytes += one.progress.bytes;
    sum.total += one.progress.total;
    sum.average_bytes_per_second += one.progress.average_bytes_per_second;
    for (std::size_t i = 0; i < sum.waited.size(); ++i) sum.waited[i] += one.progress.waited[i];
  }
  return sums;
}

void add_transfers(page& to, const node_metrics& metrics) {
  if (metrics.transfer_limit) {
    const auto limit = *metrics.transfer_limit;
    page::add(
        to.gauge(
            "mgc_transfer_limit_bytes_per_second",
            "What all state transfers of this node together may take; 0 when paused, +Inf when unlimited."),
        limit.is_unlimited() ? std::numeric_limits<double>::infinity() : static_cast<double>(limit.count()));
  }
  auto& bytes = to.gauge("mgc_transfer_bytes", "Bytes that a running state transfer has moved.");
  auto& total = to.gauge("mgc_transfer_total_bytes",
                         "Bytes that it is expected to move; not there while that is unknown.");
  auto& speed =
      to.gauge("mgc_transfer_rate_bytes_per_second",
               "Bytes per second on average since its start; rate(mgc_transfer_bytes[1m]) is that of now.");
  auto& waited =
      to.counter("mgc_transfer_waited_seconds_total",
                 "Seconds that it has waited, for the limit (tokens), source, sink or the end of a pause.");
  constexpr std::array holders{
      std::pair{"tokens", shaper::holder::tokens}, std::pair{"source", shaper::holder::source},
      std::pair{"sink", shaper::holder::sink}, std::pair{"pause", shaper::holder::pause}};
  for (const auto& [who, sum] : by_peer(metrics.transfers)) {
    const labels names{{"kind", who.first}, {"peer", who.second}};
    page::add(bytes, static_cast<double>(sum.bytes), names);
    if (sum.total > 0) page::add(total, static_cast<double>(sum.total), names);
    page::add(speed, sum.average_bytes_per_second, names);
    for (const auto& [name, holder] : holders) {
      auto more = names;
      more.push_back({"for", name});
      const auto seconds =
          std::chrono::duration<double>(sum.waited[static_cast<std::size_t>(holder)]).count();
      page::add(waited, seconds, std::move(more));
    }
  }
}

}  // namespace

std::string prometheus_text(const node_metrics& metrics) {
  page all;
  add_node(all, metrics);
  add_server(all, metrics);
  add_transfers(all, metrics);
  all.gauge("process_resident_memory_bytes", "Resident memory of mgc itself, without its server, in bytes.",
            metrics.resident_memory_bytes);
  all.counter("process_cpu_seconds_total", "Processor time of mgc itself, user and system, in seconds.",
              metrics.cpu_seconds);
  return all.text();
}

}  // namespace mgc::orchestrator
