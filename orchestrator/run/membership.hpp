#pragma once

// What a server's own words about the component that it is in come to for the election. Core.

#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "orchestrator/config/node_settings.hpp"
#include "orchestrator/election/journal.hpp"
#include "orchestrator/server/server_observation.hpp"

namespace mgc::orchestrator {

// "10.0.0.1:3307,[fd00::2]:3307", taken apart.
std::vector<std::string_view> each_member(std::string_view incoming_addresses);

// Whether the report counts the server that names itself so (wsrep_node_incoming_address) among the members of its group.
bool counts_in(const node_report& report, std::string_view incoming_address);

// Whether each Primary that was heard and names its members does. The view of one whose server is held up (by a backup's lock)
// may be old.
bool all_count_in(const std::vector<node_report>& heard, std::string_view incoming_address);

// The configured nodes among "10.0.0.1:3307,[fd00::2]:3307", and `unlisted` when there are members that are none.
std::set<node_number> members_among(const std::vector<configured_node>& nodes,
                                    std::string_view incoming_addresses, unsigned cluster_size);

// The epochs of the Primary that this node is a member of, as far as it can be told: its own ballot opened it, or a member that is
// certain of its epochs says them, or all members have been heard and none has been in a younger one than this node.
std::optional<lineage> epochs_of(const journal& memory, const server_observation& now,
                                 const std::vector<node_report>& heard);

}  // namespace mgc::orchestrator
