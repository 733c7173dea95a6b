#pragma once

// The report of a node as a part of a JSON document. Core.

#include <array>
#include <boost/json.hpp>
#include <string_view>
#include <utility>

#include "orchestrator/election/node_report.hpp"
#include "orchestrator/peers/json_reader.hpp"

namespace mgc::orchestrator {

// The longest texts and lists of every message.
inline constexpr std::size_t longest_id = 64;     // UUIDs, random identities
inline constexpr std::size_t longest_word = 256;  // names, versions, phases
inline constexpr std::size_t longest_reason = 4096;
inline constexpr std::size_t most_nodes = 256;

boost::json::object to_object(const ballot& what);
boost::json::object to_object(const node_report& report);

ballot read_ballot(json_reader in);
node_report read_report(json_reader in);

inline constexpr std::array<std::pair<std::string_view, data_kind>, 6> data_kinds{{
    {"empty", data_kind::empty},
    {"plain", data_kind::plain},
    {"clean", data_kind::clean},
    {"crashed", data_kind::crashed},
    {"aborted", data_kind::aborted},
    {"unsafe", data_kind::unsafe},
}};
inline constexpr std::array<std::pair<std::string_view, server_state>, 4> server_states{{
    {"down", server_state::down},
    {"starting", server_state::starting},
    {"primary", server_state::primary},
    {"non_primary", server_state::non_primary},
}};

template <class Value, std::size_t count>
std::string_view name_in(const std::array<std::pair<std::string_view, Value>, count>& table, Value value) {
  for (const auto& [name, known] : table) {
    if (known == value) return name;
  }
  return "";
}

}  // namespace mgc::orchestrator
