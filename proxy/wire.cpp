#include "proxy/wire.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <stdexcept>

namespace mgc::proxy::wire {
namespace {

constexpr std::string_view magic = "MGCW";
constexpr std::size_t proof_offset = 40;

template <class Integer>
void put(std::string& to, Integer value) {
  for (int shift = 8 * (static_cast<int>(sizeof value) - 1); shift >= 0; shift -= 8)
    to += static_cast<char>(static_cast<unsigned char>(value >> shift));
}

template <class Integer>
Integer get(std::string_view from) {
  Integer value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i)
    value = static_cast<Integer>((value << 8) | static_cast<unsigned char>(from[i]));
  return value;
}

bytes32 to_bytes32(std::string_view from) {
  bytes32 to{};
  std::copy_n(from.begin(), to.size(), to.begin());
  return to;
}

std::string_view view(const bytes32& bytes) { return {bytes.data(), bytes.size()}; }
const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

bytes32 prove(std::string_view label, const transfer_token& token, const hello& h, const challenge& c,
              std::string_view binding) {
  const auto text =
      std::string{label} + h.encode() + c.encode().substr(0, proof_offset) + std::string{binding};
  bytes32 proof{};
  unsigned length = 0;
  if (HMAC(EVP_sha256(), token.data(), static_cast<int>(token.size()), raw(text), text.size(),
           reinterpret_cast<unsigned char*>(proof.data()), &length) == nullptr)
    throw std::runtime_error{"OpenSSL has no HMAC-SHA-256"};
  return proof;
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
}

void fill_randomly(void* to, std::size_t size) {
  if (RAND_bytes(static_cast<unsigned char*>(to), static_cast<int>(size)) != 1)
    throw std::runtime_error{"no random bytes to be had from OpenSSL"};
}

}  // namespace

std::string hello::encode() const {
  std::string bytes{magic};
  put(bytes, lowest);
  put(bytes, highest);
  put(bytes, static_cast<std::uint8_t>(role));
  put(bytes, std::uint8_t{0});
  bytes += view(nonce);
  return bytes;
}

result<hello> hello::decode(std::string_view bytes) {
  if (bytes.size() != size || !bytes.starts_with(magic)) return error::wire_malformed;
  hello h;
  h.lowest = get<std::uint8_t>(bytes.substr(4));
  h.highest = get<std::uint8_t>(bytes.substr(5));
  h.role = static_cast<wire::role>(bytes[6]);
  const bool is_known = h.role == role::control || h.role == role::channel;
  if (!is_known || h.lowest == 0 || h.lowest > h.highest || bytes[7] != 0) return error::wire_malformed;
  h.nonce = to_bytes32(bytes.substr(8));
  return h;
}

std::string challenge::encode() const {
  std::string bytes{magic};
  put(bytes, version);
  put(bytes, lowest);
  put(bytes, highest);
  put(bytes, std::uint8_t{0});
  bytes += view(nonce);
  bytes += view(proof);
  return bytes;
}

result<challenge> challenge::decode(std::string_view bytes) {
  if (bytes.size() != size || !bytes.starts_with(magic)) return error::wire_malformed;
  challenge c;
  c.version = get<std::uint8_t>(bytes.substr(4));
  c.lowest = get<std::uint8_t>(bytes.substr(5));
  c.highest = get<std::uint8_t>(bytes.substr(6));
  if (c.lowest == 0 || c.lowest > c.highest || bytes[7] != 0) return error::wire_malformed;
  if (c.version != 0 && (c.version < c.lowest || c.version > c.highest)) return error::wire_malformed;
  c.nonce = to_bytes32(bytes.substr(8));
  c.proof = to_bytes32(bytes.substr(proof_offset));
  return c;
}

std::uint8_t common_version(const hello& h) {
  const auto highest = std::min(h.highest, highest_version);
  return highest < std::max(h.lowest, lowest_version) ? std::uint8_t{0} : highest;
}

bytes32 joiner_proof(const transfer_token& token, const hello& h, const challenge& c,
                     std::string_view binding) {
  return prove("mgc wire joiner", token, h, c, binding);
}

bytes32 donor_proof(const transfer_token& token, const hello& h, const challenge& c,
                    std::string_view binding) {
  return prove("mgc wire donor", token, h, c, binding);
}

bool equal(const bytes32& a, const bytes32& b) { return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

bytes32 pre_shared_key(std::string_view cluster_secret, const transfer_token& token) {
  const std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> kdf{EVP_KDF_fetch(nullptr, "HKDF", nullptr),
                                                              EVP_KDF_free};
  const std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context{EVP_KDF_CTX_new(kdf.get()),
                                                                          EVP_KDF_CTX_free};
  std::string digest = "SHA256";
  std::string secret{cluster_secret};
  auto salt = token;
  std::string info = "mgc wire psk";
  const std::array parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret.data(), secret.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt.data(), salt.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
      OSSL_PARAM_construct_end(),
  };
  bytes32 key{};
  const bool derived = context && EVP_KDF_derive(context.get(), reinterpret_cast<unsigned char*>(key.data()),
                                                 key.size(), parameters.data()) == 1;
  OPENSSL_cleanse(secret.data(), secret.size());
  if (!derived) throw std::runtime_error{"OpenSSL cannot derive a key from cluster_secret"};
  return key;
}

std::array<char, frame_header::size> frame_header::encode() const {
  std::string bytes;
  put(bytes, static_cast<std::uint32_t>(static_cast<std::uint8_t>(type)) << 24);
  put(bytes, length);
  std::array<char, size> to{};
  std::copy_n(bytes.begin(), to.size(), to.begin());
  return to;
}

result<frame_header> frame_header::decode(std::string_view bytes) {
  if (bytes.size() != size || bytes.substr(1, 3) != std::string_view{"\0\0\0", 3})
    return error::wire_malformed;
  frame_header header{static_cast<frame>(bytes[0]), get<std::uint32_t>(bytes.substr(4))};
  const bool is_stream = header.type == frame::data || header.type == frame::compressed;
  if (header.length > (is_stream ? most_data : most_other)) return error::wire_malformed;
  if (is_stream && header.length == 0) return error::wire_malformed;
  return header;
}

std::string encode_frame(frame type, std::string_view payload) {
  const auto header = frame_header{type, static_cast<std::uint32_t>(payload.size())}.encode();
  return std::string{header.data(), header.size()} + std::string{payload};
}

std::string encode_count(std::uint64_t bytes) {
  std::string payload;
  put(payload, bytes);
  return payload;
}

result<std::uint64_t> decode_count(std::string_view payload) {
  if (payload.size() != sizeof(std::uint64_t)) return error::wire_malformed;
  return get<std::uint64_t>(payload);
}

std::string failure_report::encode() const {
  constexpr std::size_t most = 1024;
  std::string payload;
  put(payload, static_cast<std::uint32_t>(code));
  return payload + text.substr(0, most - payload.size());
}

result<failure_report> failure_report::decode(std::string_view payload) {
  if (payload.size() < sizeof(std::uint32_t)) return error::wire_malformed;
  return failure_report{static_cast<int>(get<std::uint32_t>(payload)), std::string{payload.substr(4)}};
}

std::string encode_options(const option_map& options) {
  std::string payload;
  for (const auto& [name, value] : options) payload += name + '=' + value + '\n';
  return payload;
}

result<option_map> decode_options(std::string_view payload) {
  option_map options;
  while (!payload.empty()) {
    const auto line = payload.substr(0, payload.find('\n'));
    if (line.size() == payload.size() || !is_printable(line)) return error::wire_malformed;
    const auto equals = line.find('=');
    if (equals == 0 || equals == std::string_view::npos) return error::wire_malformed;
    options[std::string{line.substr(0, equals)}] = line.substr(equals + 1);
    payload.remove_prefix(line.size() + 1);
  }
  return options;
}

option_map transfer_options::encode() const {
  return {{"method", method}, {"bypass", bypass ? "1" : "0"},
          {"gtid", gtid},     {"total", std::to_string(total)},
          {"limit", limit},   {"compress", compress ? "zstd" : "off"}};
}

result<transfer_options> transfer_options::decode(const option_map& options) {
  const auto value = [&](std::string_view name) {
    const auto found = options.find(name);
    return found == options.end() ? std::string{} : found->second;
  };
  transfer_options decoded;
  decoded.method = value("method");
  decoded.gtid = value("gtid");
  decoded.limit = value("limit");
  decoded.compress = value("compress") == "zstd";
  const auto bypass = value("bypass");
  if (decoded.method.empty() || (bypass != "0" && bypass != "1")) return error::wire_malformed;
  decoded.bypass = bypass == "1";
  if (const auto total = value("total"); !total.empty()) {
    const auto* const end = total.data() + total.size();
    const auto [stopped, failed] = std::from_chars(total.data(), end, decoded.total);
    if (failed != std::errc{} || stopped != end) return error::wire_malformed;
  }
  return decoded;
}

transfer_token make_token() {
  transfer_token token{};
  fill_randomly(token.data(), token.size());
  return token;
}

bytes32 make_nonce() {
  bytes32 nonce{};
  fill_randomly(nonce.data(), nonce.size());
  return nonce;
}

}  // namespace mgc::proxy::wire
