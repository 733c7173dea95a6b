#pragma once

// How nodes prove to each other that they know the cluster_secret, and why an old proof is worth nothing: PEERS.md. Core: no
// clock, no I/O, no entropy; all three come in.

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "orchestrator/config/node_settings.hpp"

namespace mgc::orchestrator {

using wall_time = std::chrono::system_clock::time_point;

// Derived from a cluster_secret, for this purpose alone.
class proof_key {
 public:
  explicit proof_key(const secret& cluster_secret);

  // HMAC-SHA-256 of `text` in lower-case hexadecimal.
  std::string sign(std::string_view text) const;

 private:
  std::string key_;
};

inline constexpr std::chrono::seconds proof_window{60};  // clocks may differ by so much
inline constexpr std::size_t most_nonces = 65'536;

// What of a request is signed. The texts have no line feeds.
struct request_proof {
  std::string method;     // "POST"
  std::string target;     // "/v1/request"
  std::string challenge;  // the listener's; empty: not known yet
  std::string time;       // the asker's, milliseconds since 1970
  std::string nonce;      // 32 hexadecimal digits, used once
  std::string proof;      // 64 of them

  std::string sign(const proof_key& key, std::string_view body) const;
};

// What the listener signs of its answer, bound to the request by that one's proof.
struct answer_proof {
  unsigned status = 0;    // of HTTP
  std::string challenge;  // the listener's present one
  std::string time;       // the listener's
  std::string request;    // the request's proof, as it came
};
std::string sign_answer(const proof_key& key, const answer_proof& answer, std::string_view body);

// In a time that does not depend on where they differ.
bool equal_proofs(std::string_view one, std::string_view other);

enum class refusal {
  not_proved,  // another secret, or none
  challenge,   // it knows the secret, but not our present challenge: ask again with it
  clock,       // it knows the secret, but its clock and ours differ by more than the window
  replayed,    // we have had this very request
};

// The listener's side. Remembers the nonces of a window; when there are too many, or the clock was set back, it changes
// its challenge instead, which makes all earlier proofs void.
class proof_guard {
 public:
  using entropy = std::function<std::string()>;  // 32 hexadecimal digits, new ones each time

  proof_guard(proof_key key, entropy random, std::size_t most = most_nonces);

  // Unset: proved.
  std::optional<refusal> check(const request_proof& request, std::string_view body, wall_time now);

  const std::string& challenge() const { return challenge_; }
  const proof_key& key() const { return key_; }

 private:
  void forget(wall_time now);
  void start_anew();

  proof_key key_;
  entropy random_;
  std::size_t most_;
  std::string challenge_;
  wall_time latest_{};
  std::set<std::pair<wall_time, std::string>> seen_;  // by the asker's time
};

// "its clock is 75 s ahead of ours", from what the other side said its time is.
std::string clock_difference(wall_time theirs, wall_time ours);

// Milliseconds since 1970, and back; unset when it is not that.
std::string to_proof_time(wall_time time);
std::optional<wall_time> parse_proof_time(std::string_view text);

}  // namespace mgc::orchestrator
