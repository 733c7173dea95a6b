#include "tests/simulator/event.hpp"

#include <fmt/format.h>

#include <array>

namespace mgc::simulator {
namespace {

constexpr std::array<std::string_view, event_kinds> names{
    "found",        "regroup",   "record_view", "apply",         "give_ist",  "give_sst",
    "end_transfer", "give_up",   "write",       "change_schema", "start",     "watch",
    "round",        "ask",       "deliver",     "lose",          "conclude",  "proceed",
    "calm",         "kill_node", "kill_server", "stop_node",     "stop_many", "power_loss",
    "lose_disk",    "pause",     "resume",      "partition",     "cut_peers", "heal_peers"};

std::string nodes_of(unsigned mask) {
  std::string found;
  for (unsigned node = 0; node < 8; ++node) {
    if ((mask >> node & 1U) != 0) found += fmt::format("{}{}", found.empty() ? "" : ",", node + 1);
  }
  return found.empty() ? "nobody" : found;
}

}  // namespace

std::string_view name_of(event_kind kind) { return names[static_cast<std::size_t>(kind)]; }

std::string to_text(const event& what) {
  const unsigned node = what.node + 1U;
  switch (what.kind) {
    case event_kind::found: return fmt::format("server {} is Primary, alone", node);
    case event_kind::regroup:
      return fmt::format("the side of {} becomes one component{}", node,
                         what.with != 0 ? "; what was only received is dropped where it is not Primary" : "");
    case event_kind::record_view: return fmt::format("server {} writes gvwstate.dat", node);
    case event_kind::apply: return fmt::format("server {} applies up to {} steps", node, what.with);
    case event_kind::give_ist: return fmt::format("server {} gets an IST", node);
    case event_kind::give_sst: return fmt::format("an SST to server {} begins", node);
    case event_kind::end_transfer: return fmt::format("the SST to server {} ends", node);
    case event_kind::give_up: return fmt::format("server {} gives up waiting, and exits", node);
    case event_kind::write: return fmt::format("a client writes at {}", node);
    case event_kind::change_schema: return fmt::format("a client changes the schema at {}", node);
    case event_kind::start: return fmt::format("mgc {} starts", node);
    case event_kind::watch: return fmt::format("mgc {} looks at its server", node);
    case event_kind::round: return fmt::format("mgc {} asks, and hears {}", node, nodes_of(what.with));
    case event_kind::ask: return fmt::format("mgc {} asks all", node);
    case event_kind::deliver: return fmt::format("message {} arrives", what.with);
    case event_kind::lose: return fmt::format("message {} is lost", what.with);
    case event_kind::conclude: return fmt::format("mgc {} waits for no more answers", node);
    case event_kind::proceed: return fmt::format("mgc {} takes its next step", node);
    case event_kind::calm:
      return fmt::format("{}everybody does what can be done", what.with != 0 ? "all are started; " : "");
    case event_kind::kill_node: return fmt::format("kill -9 of mgc and server {}", node);
    case event_kind::kill_server: return fmt::format("kill -9 of server {}", node);
    case event_kind::stop_node: return fmt::format("clean stop of {}", node);
    case event_kind::stop_many:
      return fmt::format("clean stop of {} at one moment{}", nodes_of(what.with),
                         what.node != 0 ? ", each as the last" : "");
    case event_kind::power_loss: return "power loss of all";
    case event_kind::lose_disk: return fmt::format("the disk of {} is lost", node);
    case event_kind::pause: return fmt::format("{} stands still", node);
    case event_kind::resume: return fmt::format("{} goes on", node);
    case event_kind::partition:
      return fmt::format("the network between {} and the others is cut", nodes_of(what.with));
    case event_kind::cut_peers:
      return fmt::format("mgc {} does not reach mgc {} any more", node, what.with + 1);
    case event_kind::heal_peers: return "all mgc reach each other again, but for partitions";
    case event_kind::count_: break;
  }
  return "?";
}

}  // namespace mgc::simulator
