#pragma once

// What nodes tell each other, as JSON text. Strict and bounded: a key that is missing or of another type, a number out of
// range, a text or list longer than its bound is refused, and the error says which key. Unknown keys are ignored, so that
// versions may differ. The keys are those of the structs' fields; PEERS.md has an example. Core.

#include <boost/system/result.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "orchestrator/election/ballot_box.hpp"
#include "orchestrator/election/node_report.hpp"

namespace mgc::orchestrator {

// No message is longer.
inline constexpr std::size_t most_message_bytes = std::size_t{256} * 1024;

// Error: what is wrong with it, for the log: "peers: 'data.position' is missing".
template <class Message>
using parsed = boost::system::result<Message, std::string>;

std::string to_json(const node_report& report);
std::string to_json(const peer_request& request);
std::string to_json(const peer_answer& answer);

parsed<node_report> parse_node_report(std::string_view text);
parsed<peer_request> parse_peer_request(std::string_view text);
parsed<peer_answer> parse_peer_answer(std::string_view text);

// "down", "starting", "primary", "non_primary"; "empty", "plain", ... : as in the messages.
std::string_view to_string(server_state state);
std::string_view to_string(data_kind kind);

}  // namespace mgc::orchestrator
