#include "orchestrator/server/datadir_facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace mgc::orchestrator {
namespace {

bool starts_like(std::string_view name, std::string_view stem) {
  if (!name.starts_with(stem)) return false;
  name.remove_prefix(stem.size());
  return std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

data_kind kind_of(const grastate& state) {
  if (state.history.empty()) return data_kind::unsafe;
  return state.position == no_seqno ? data_kind::crashed : data_kind::clean;
}

}  // namespace

bool is_of_a_server(std::string_view name, bool has_tables) {
  constexpr std::array<std::string_view, 4> whole{"mysql", "aria_log_control", "ib_buffer_pool", "ibtmp1"};
  constexpr std::array<std::string_view, 4> numbered{"ibdata", "ib_logfile", "undo", "aria_log."};
  if (name.starts_with('.') || name == "lost+found") return false;
  return has_tables || std::find(whole.begin(), whole.end(), name) != whole.end() ||
         std::any_of(numbered.begin(), numbered.end(),
                     [&](std::string_view stem) { return name != stem && starts_like(name, stem); });
}

answer<classification> classify(const datadir_facts& facts) {
  if (facts.incomplete)
    return classification{data_kind::empty, "its initialisation did not end; it begins anew"};
  if (facts.transfer) return classification{data_kind::aborted, "a state transfer into it did not end"};
  const bool whole = facts.system_tables && facts.innodb;
  if (facts.has_grastate && !whole && facts.state && !facts.state->history.empty()) {
    return failure{
        fmt::format("has a grastate.dat of {}:{}, and no transfer into it was running, but not the files of "
                    "a server (mysql/, ibdata1): is "
                    "a volume missing, or a link broken? If they are lost for good, remove grastate.dat too",
                    facts.state->history, facts.state->position)};
  }
  if (facts.has_grastate && !whole)
    return classification{data_kind::aborted,
                          "it has a grastate.dat, but not the files of a server: a state transfer "
                          "into it did not end or never began"};
  if (facts.has_grastate) {
    if (!facts.state)
      return classification{data_kind::unsafe,
                            "its grastate.dat cannot be read: nobody knows whether its data is consistent"};
    const auto kind = kind_of(*facts.state);
    return classification{kind, kind == data_kind::unsafe
                                    ? "its grastate.dat has the UUID of zeros: the server died "
                                      "while its data was not consistent"
                                    : ""};
  }
  if (facts.system_tables) return classification{data_kind::plain, ""};
  if (facts.of_a_server.empty()) return classification{data_kind::empty, ""};
  return failure{fmt::format(
      "has '{}', which is a server's, but no system tables (mysql/) and no grastate.dat: this is neither a "
      "whole data "
      "directory nor what a state transfer leaves; is it the right directory? Move away what is in it to "
      "begin "
      "with an empty one",
      facts.of_a_server)};
}

}  // namespace mgc::orchestrator
