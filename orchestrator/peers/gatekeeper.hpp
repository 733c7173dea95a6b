#pragma once

// Who may ask what of a node: by proof where there is a cluster_secret, else by address (PEERS.md). Core: addresses, times
// and proofs come in.

#include <boost/asio/ip/address.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "orchestrator/config/node_settings.hpp"
#include "orchestrator/election/ballot_box.hpp"
#include "orchestrator/peers/peer_proof.hpp"

namespace mgc::orchestrator {

struct caller {
  bool at_socket = false;            // this machine's, whose other end the kernel has vouched for
  boost::asio::ip::address address;  // else
};

std::string to_string(const caller& who);

// Why somebody may not.
struct denial {
  unsigned status = 403;  // of HTTP
  std::string_view
      reason;       // of those that askers know: "not_proved", "challenge", "clock", "replayed", "no_secret"
  std::string why;  // for people on the other side
};

// How much a connection counts for when there is no room for all.
enum class standing { stranger, configured, proved };

class gatekeeper {
 public:
  using is_local =
      std::function<bool(const boost::asio::ip::address&)>;  // one of this machine's own addresses

  gatekeeper(const node_settings& settings, is_local local, proof_guard::entropy random);

  // State and requests: peers alone.
  std::optional<denial> may_ask(const caller& who, const request_proof& proof, std::string_view body,
                                wall_time now);
  // What mgc status shows: peers, and whoever is on this machine.
  std::optional<denial> may_look(const caller& who, const request_proof& proof, std::string_view body,
                                 wall_time now);
  // For itself, or for another node? To be asked besides may_ask.
  std::optional<denial> may_say(const caller& who, const peer_request& request) const;

  standing standing_of(const boost::asio::ip::address& address) const;
  bool has_secret() const { return guard_.has_value(); }

  // What goes with an answer; unset without a secret.
  std::optional<answer_proof> prove(unsigned status, const std::string& request, wall_time now) const;
  std::string sign(const answer_proof& answer, std::string_view body) const;

 private:
  std::optional<denial> by_address(const caller& who, const request_proof& proof) const;

  std::map<node_number, boost::asio::ip::address> nodes_;
  is_local local_;
  std::optional<proof_guard> guard_;
};

// IPv4 within IPv6 becomes IPv4.
boost::asio::ip::address plain_address(const boost::asio::ip::address& address);

}  // namespace mgc::orchestrator
