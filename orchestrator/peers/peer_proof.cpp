#include "orchestrator/peers/peer_proof.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <stdexcept>

namespace mgc::orchestrator {
namespace {

using std::chrono::milliseconds;

std::string hmac_sha256(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> made{};
  unsigned size = 0;
  const auto* const done =
      HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), made.data(), &size);
  if (done == nullptr) throw std::runtime_error{"OpenSSL has no HMAC-SHA-256"};
  return {reinterpret_cast<const char*>(made.data()), size};
}

std::string to_hexadecimal(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

}  // namespace

proof_key::proof_key(const secret& cluster_secret)
    : key_{hmac_sha256(cluster_secret.reveal(), "mgc peers key 1")} {}

std::string proof_key::sign(std::string_view text) const { return to_hexadecimal(hmac_sha256(key_, text)); }

std::string request_proof::sign(const proof_key& key, std::string_view body) const {
  return key.sign(fmt::format("mgc peers request 1\n{}\n{}\n{}\n{}\n{}\n{}", method, target, challenge, time,
                              nonce, body));
}

std::string sign_answer(const proof_key& key, const answer_proof& answer, std::string_view body) {
  return key.sign(fmt::format("mgc peers answer 1\n{}\n{}\n{}\n{}\n{}", answer.status, answer.challenge,
                              answer.time, answer.request, body));
}

bool equal_proofs(std::string_view one, std::string_view other) {
  return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

proof_guard::proof_guard(proof_key key, entropy random, std::size_t most)
    : key_{std::move(key)}, random_{std::move(random)}, most_{most}, challenge_{random_()} {}

std::optional<refusal> proof_guard::check(const request_proof& request, std::string_view body,
                                          wall_time now) {
  forget(now);
  if (!equal_proofs(request.sign(key_, body), request.proof)) return refusal::not_proved;
  if (request.challenge != challenge_) return refusal::challenge;
  const auto time = parse_proof_time(request.time);
  if (!time || *time < now - proof_window || *time > now + proof_window) return refusal::clock;
  if (!seen_.emplace(*time, request.nonce).second) return refusal::replayed;
  return std::nullopt;
}

void proof_guard::forget(wall_time now) {
  if (now < latest_ || seen_.size() >= most_) start_anew();
  latest_ = now;
  seen_.erase(seen_.begin(), seen_.lower_bound({now - proof_window, ""}));
}

void proof_guard::start_anew() {
  challenge_ = random_();
  seen_.clear();
}

std::string clock_difference(wall_time theirs, wall_time ours) {
  const auto seconds = std::chrono::duration<double>(theirs - ours).count();
  return fmt::format("its clock is {:.0f} s {} ours", seconds < 0 ? -seconds : seconds,
                     seconds < 0 ? "behind" : "ahead of");
}

std::string to_proof_time(wall_time time) {
  return std::to_string(std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count());
}

// Not beyond the year 2255, where the clock's own count ends.
std::optional<wall_time> parse_proof_time(std::string_view text) {
  constexpr std::int64_t most = 9'000'000'000'000;
  std::int64_t count = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, failed] = std::from_chars(text.data(), end, count);
  if (failed != std::errc{} || stopped != end || count < 0 || count > most) return std::nullopt;
  return wall_time{milliseconds{count}};
}

}  // namespace mgc::orchestrator
