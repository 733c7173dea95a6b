#include "orchestrator/peers/gatekeeper.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "shaper/overloaded.hpp"

namespace mgc::orchestrator {
namespace {

namespace ip = boost::asio::ip;

constexpr unsigned unauthorized = 401;
constexpr unsigned forbidden = 403;

denial denied(refusal why, const request_proof& proof, wall_time now) {
  switch (why) {
    case refusal::not_proved: break;
    case refusal::challenge: return {unauthorized, "challenge", "ask again with this node's challenge"};
    case refusal::replayed: return {unauthorized, "replayed", "this node has had this request"};
    case refusal::clock: {
      const auto theirs = parse_proof_time(proof.time);
      return {unauthorized, "clock",
              theirs ? fmt::format("{}, {} s are allowed: set both right", clock_difference(*theirs, now),
                                   proof_window.count())
                     : "MGC-Time is no time"};
    }
  }
  return {unauthorized, "not_proved",
          proof.proof.empty()
              ? "this node has a cluster_secret, and the request proves none: give all nodes the same"
              : "this node has another cluster_secret: give all nodes the same"};
}

node_number speaker(const peer_request& request) {
  return std::visit(shaper::overloaded{
                        [](const canvass& asked) { return asked.what.candidate; },
                        [](const confirm& asked) { return asked.what.candidate; },
                        [](const withdraw& asked) { return asked.what.candidate; },
                        [](const announce& one) { return one.node; },
                    },
                    request);
}

}  // namespace

std::string to_string(const caller& who) {
  return who.at_socket ? "this machine's operator" : who.address.to_string();
}

ip::address plain_address(const ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return ip::make_address_v4(ip::v4_mapped, address.to_v6());
  }
  return address;
}

gatekeeper::gatekeeper(const node_settings& settings, is_local local, proof_guard::entropy random)
    : local_{std::move(local)} {
  for (const auto& node : settings.nodes) {
    boost::system::error_code not_numeric;
    const auto address = ip::make_address(node.address, not_numeric);
    if (!not_numeric) nodes_[node.number] = plain_address(address);
  }
  if (!settings.cluster_secret.empty()) {
    guard_.emplace(proof_key{settings.cluster_secret}, std::move(random));
  }
}

std::optional<denial> gatekeeper::may_ask(const caller& who, const request_proof& proof,
                                          std::string_view body, wall_time now) {
  if (who.at_socket) return std::nullopt;
  if (!guard_) return by_address(who, proof);
  const auto refused = guard_->check(proof, body, now);
  return refused ? std::optional{denied(*refused, proof, now)} : std::nullopt;
}

std::optional<denial> gatekeeper::may_look(const caller& who, const request_proof& proof,
                                           std::string_view body, wall_time now) {
  if (proof.proof.empty() && local_(who.address)) return std::nullopt;
  return may_ask(who, proof, body, now);
}

std::optional<denial> gatekeeper::may_say(const caller& who, const peer_request& request) const {
  if (who.at_socket || guard_) return std::nullopt;
  const auto node = nodes_.find(speaker(request));
  if (node != nodes_.end() && (node->second == who.address || local_(who.address))) return std::nullopt;
  return denial{forbidden, "",
                fmt::format("{} does not speak for node{}", who.address.to_string(), speaker(request))};
}

std::optional<denial> gatekeeper::by_address(const caller& who, const request_proof& proof) const {
  if (standing_of(who.address) == standing::stranger && !local_(who.address)) {
    return denial{
        forbidden, "",
        fmt::format("{} is not the address of a configured node, and this node has no cluster_secret",
                    who.address.to_string())};
  }
  if (proof.proof.empty()) return std::nullopt;
  return denial{unauthorized, "no_secret", "this node has no cluster_secret: give all nodes the same"};
}

standing gatekeeper::standing_of(const ip::address& address) const {
  const auto is_his = [&](const auto& node) { return node.second == address; };
  return std::any_of(nodes_.begin(), nodes_.end(), is_his) ? standing::configured : standing::stranger;
}

std::optional<answer_proof> gatekeeper::prove(unsigned status, const std::string& request,
                                              wall_time now) const {
  if (!guard_) return std::nullopt;
  return answer_proof{status, guard_->challenge(), to_proof_time(now), request};
}

std::string gatekeeper::sign(const answer_proof& answer, std::string_view body) const {
  return sign_answer(guard_->key(), answer, body);
}

}  // namespace mgc::orchestrator
