#pragma once

// `mgc run` of one node without its I/O: which step the supervisor takes when, and what is durable before which other. Steps
// that a crash may come between are calls of their own. The decisions, the ballots, the journal and what a member writes down are the real
// ones.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/election/ballot_box.hpp"
#include "orchestrator/election/decision.hpp"
#include "orchestrator/election/journal.hpp"
#include "tests/simulator/model.hpp"
#include "tests/simulator/policy.hpp"

namespace mgc::simulator {

enum class stage : std::uint8_t {
  idle,        // nothing under way: a round may begin
  asking,      // for the peers' reports
  canvassing,  // for the first round of a ballot
  confirming,  // for the second
  announcing,  // to the Primary's member
  elected,     // next: an empty datadir is initialised
  founding_1,  // next: the journal says so
  founding_2,  // next: safe_to_bootstrap: 1
  founding_3,  // next: gvwstate.dat goes
  founding_4,  // next: the server
  joining_1,   // next: the journal says so
  joining_2,   // next: data that is to be replaced loses its position
  joining_3,   // next: gvwstate.dat goes
  joining_4,   // next: the server
};

// What is asked of peers next.
struct outgoing {
  node_set whom = 0;                                  // empty: nothing
  std::optional<orchestrator::peer_request> request;  // none: the report
};

class coordinator {
 public:
  coordinator(unsigned node, const policy& tried, galera& cluster);

  void start(std::uint32_t number);
  void die();
  void lose_disk() { durable_.reset(); }

  bool knows_of_a_cluster() const {
    return durable_ && (!durable_->companions.empty() || !durable_->expected.empty() ||
                        !durable_->pledges.empty() || durable_->campaign || durable_->joining > 0);
  }

  bool up() const { return up_; }
  stage at() const { return stage_; }
  std::uint32_t incarnation() const { return incarnation_; }
  std::uint32_t round() const { return round_; }  // answers count in the one they were asked in

  // ---- towards peers
  orchestrator::node_report report() const;
  orchestrator::peer_answer answer(const orchestrator::peer_request& request);
  outgoing begin_round();
  void heard(unsigned who, const orchestrator::peer_answer& what);
  outgoing end_round();  // all have answered or failed; what comes next

  // ---- by itself
  bool has_step() const { return stage_ >= stage::elected; }
  outgoing proceed();  // the next local step
  bool watch();        // it looks at its server; false: nothing new

  const orchestrator::decision& last() const { return last_; }
  orchestrator::server_state server() const { return server_; }
  const orchestrator::journal& memory() const { return memory_; }
  const orchestrator::elector& votes() const { return votes_; }

 private:
  orchestrator::local_data inspect() const;
  std::optional<orchestrator::recorded_view> recorded() const;
  void look_at_data();
  void note_membership();
  void note_applied_view();
  outgoing end_asking();
  outgoing act();
  outgoing go_on();
  outgoing withdraw();
  bool majority_agreed() const;
  void persist() { durable_ = memory_; }

  unsigned node_;
  const policy* tried_;
  galera* galera_;

  std::optional<orchestrator::journal> durable_;  // its disk's

  // What is gone with the process.
  bool up_ = false;
  std::uint32_t incarnation_ = 0;
  std::string run_;
  std::uint32_t round_ = 0;
  std::uint32_t ballots_ = 0;
  stage stage_ = stage::idle;
  orchestrator::journal memory_;
  orchestrator::elector votes_;
  std::optional<orchestrator::candidacy> campaign_;
  orchestrator::knowledge known_;  // of the last round
  orchestrator::decision last_;
  orchestrator::server_state server_ = orchestrator::server_state::down;  // when it was looked at
  orchestrator::local_data data_;                                         // the same
  std::optional<orchestrator::recorded_view> view_before_;                // of the look before
  std::uint64_t joined_epoch_ = 0;
  bool replace_ = false;
  bool had_server_ = false;
  std::int16_t processed_ = -1;  // the component at the look before
  orchestrator::server_state stood_with_ = orchestrator::server_state::down;  // when the ballot was begun
  node_set agreed_ = 0;                                                       // in the present round
  unsigned cut_off_for_ = 0;                                                  // rounds
};

}  // namespace mgc::simulator
