// What a peer sends: no bytes do harm, and what can be read is written so that it is read again as the same.

#include <string>
#include <string_view>

#include "orchestrator/peers/admin_answer.hpp"
#include "orchestrator/peers/node_status.hpp"
#include "orchestrator/peers/peer_codec.hpp"
#include "tests/fuzz/require.hpp"

using namespace mgc::orchestrator;

namespace {

template <class Message, class Parse>
void take(std::string_view text, Parse parse) {
  const boost::system::result<Message, std::string> read = parse(text);
  if (!read) {
    MGC_REQUIRE(!read.error().empty());
    return;
  }
  const auto written = to_json(*read);
  const boost::system::result<Message, std::string> again = parse(written);
  MGC_REQUIRE(again.has_value());
  MGC_REQUIRE(to_json(*again) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  take<node_report>(text, parse_node_report);
  take<peer_request>(text, parse_peer_request);
  take<peer_answer>(text, parse_peer_answer);
  take<node_status>(text, parse_node_status);
  take<node_health>(text, parse_node_health);
  take<admin_answer>(text, parse_admin_answer);
  return 0;
}
