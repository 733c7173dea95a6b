#pragma once

// `mgc run` at work: one loop that asks the peers how they are, decides, starts, watches and heals, and answers for this
// node to them. What is decided, and who may bootstrap, is election/'s; this performs it. I/O ring; one thread.
//
// Invariants: nothing that rests on the journal is done or answered before the journal is on disk; the server is
// started by decide()'s word only, and by a won ballot when it founds; at most one server runs.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/config/node_settings.hpp"
#include "orchestrator/election/ballot_box.hpp"
#include "orchestrator/election/journal_file.hpp"
#include "orchestrator/peers/node_face.hpp"
#include "orchestrator/peers/peer_client.hpp"
#include "orchestrator/run/phase.hpp"
#include "orchestrator/server/server_process.hpp"
#include "orchestrator/server/server_version.hpp"
#include "orchestrator/server/server_watch.hpp"
#include "shaper/shared_budget.hpp"

namespace mgc::orchestrator {

class supervisor final : public node_face {
 public:
  // All that is referred to outlives this. `budget` may be null.
  supervisor(boost::asio::io_context& context, const server_host& host, shaper::shared_budget* budget);
  ~supervisor() override;

  // Until stop(): the exit code.
  boost::asio::awaitable<int> run();

  // The server is stopped, in the time that it needs; what comes before it has been started is given up at once.
  void stop();

  // ---- node_face

  node_report report() const override;
  boost::asio::awaitable<peer_answer> answer(peer_request request) override;
  node_status status() override;
  node_health health() override;
  node_metrics metrics() override;
  boost::asio::awaitable<admin_answer> force_bootstrap(bool really) override;

 private:
  using clock = std::chrono::steady_clock;

  struct newcomer {
    node_number node;
    clock::time_point since;
  };
  struct peer {
    std::string address;
    std::optional<node_report> report;  // of the last round; unset: not heard then
    std::string problem;
    std::optional<clock::time_point> heard_at;
  };

  // ---- the loop (supervisor.cpp)
  boost::asio::awaitable<void> live();
  boost::asio::awaitable<std::exception_ptr> live_or_why_not();
  boost::asio::awaitable<void> look_at_data();
  boost::asio::awaitable<void> ask_peers();
  boost::asio::awaitable<void> act();
  boost::asio::awaitable<void> act_on(const decision& chosen);
  boost::asio::awaitable<void> nap();
  boost::asio::awaitable<int> shut_down(std::string why);
  boost::asio::awaitable<void> wait_for_end(bool was_starting);
  void wake() { alarm_.cancel(); }

  // ---- from a decision to a start (supervisor_starting.cpp)
  boost::asio::awaitable<void> join_primary(const join& how);
  boost::asio::awaitable<void> found(const bootstrap& how);
  boost::asio::awaitable<bool> win_ballot(const bootstrap& proposal);
  boost::asio::awaitable<std::map<node_number, peer_result<peer_answer>>> ask_each(
      std::set<node_number> whom, peer_request request, std::chrono::milliseconds patience);
  boost::asio::awaitable<void> fill_if_empty(const std::string& why);
  boost::asio::awaitable<void> give_up_campaign(std::set<node_number> asked);
  boost::asio::awaitable<void> heal();
  void start_as_joiner(const std::string& why, std::uint64_t newest_epoch, bool replace);
  std::string copy_between_versions(node_number primary) const;

  // ---- the server's process (supervisor_server.cpp)
  void start_server(const server_start& how);
  void watch_start();
  void server_said(const server_observation& now);
  boost::asio::awaitable<void> server_ended();
  void upgrade_if_needed();

  // ---- the journal of a member (supervisor_membership.cpp)
  void note_membership();
  void note_applied_view();

  // ---- what others ask (supervisor_face.cpp)
  std::string others_first(node_number node) const;

  // ---- without an election: cluster_mode=0 and join_address (supervisor_modes.cpp)
  boost::asio::awaitable<void> start_plain();
  boost::asio::awaitable<void> join_named();

  // ---- what all use
  bool hears_primary() const;
  bool is_cut_off_for_long() const;
  void drop_order(const std::string& why);
  void enter(phase next, std::string reason);
  bool save();
  knowledge known() const;
  std::vector<node_report> heard() const;
  bool in_cluster() const { return host_.settings.mode != cluster_mode::plain; }
  bool only_joins() const { return !host_.settings.join_addresses.empty(); }

  boost::asio::io_context& context_;
  const server_host& host_;
  shaper::shared_budget* budget_;
  const node_settings
      asked_;  // host_.settings, with those to join as its nodes where they are all that is known
  peer_client client_;
  journal_file file_;
  journal memory_;
  journal saved_;
  bool unsure_ = false;  // a write failed: which of the two is on disk is not known
  elector voter_;
  std::string run_;
  std::set<node_number> cluster_;
  std::vector<std::string> node_list_;
  std::map<node_number, peer> peers_;

  phase phase_ = phase::inspecting;
  std::string reason_ = "just started";
  clock::time_point said_at_{};
  server_state server_ = server_state::starting;  // until the data has been looked at
  local_data data_;
  clock::time_point looked_at_{};  // data_ was, after the end of the last server
  std::optional<server_version> installed_;
  std::optional<server_observation> seen_;
  std::optional<recorded_view> view_before_;  // gvwstate.dat at the look before
  std::optional<ballot> campaign_;
  std::optional<newcomer> joining_;  // the last one that announced itself here
  bool forced_ = false;              // an operator has ordered to found
  bool hopeless_ = false;
  bool stopping_ = false;
  bool upgrade_tried_ = false;
  bool upgrading_ = false;
  bool wants_copy_ =
      false;  // the server was started without a position: what is here now came from another node
  clock::time_point cut_off_since_{};
  std::optional<clock::time_point>
      alone_since_;  // a server that starts, answers, and is in no Primary component
  clock::time_point primary_heard_since_{};
  clock::time_point member_since_{};
  clock::time_point noted_at_{};     // when the journal had the position
  std::uint64_t configuration_ = 0;  // Galera's number of the component at the look before
  clock::time_point not_before_{};
  std::string last_words_;  // of the server that ended
  unsigned failures_ = 0;   // unexpected ends in a row

  std::optional<server_process> process_;
  std::unique_ptr<server_watch> watch_;
  bool expected_end_ = false;
  std::uint64_t starts_ = 0;
  std::uint64_t unexpected_ends_ = 0;
  std::uint64_t won_ = 0;
  std::uint64_t lost_ = 0;

  boost::asio::steady_timer alarm_;    // the loop's nap
  boost::asio::steady_timer stopped_;  // never expires; cancelled by stop()
};

}  // namespace mgc::orchestrator
