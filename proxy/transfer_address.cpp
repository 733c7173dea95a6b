#include "proxy/transfer_address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace mgc::proxy {
namespace {

constexpr std::string_view digits = "0123456789";
constexpr std::string_view hexadecimal = "0123456789abcdef";
constexpr std::string_view token_user = "mgc";

bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// What the server lets through in an address, less what has a meaning of its own there.
bool is_word(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-' || c == ':';
  });
}

bool is_name(std::string_view host) { return is_word(host) && host.find(':') == std::string_view::npos; }

bool is_ipv6(std::string_view host) {
  return host.find(':') != std::string_view::npos &&
         host.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
}

std::optional<unsigned> number(std::string_view text, unsigned most) {
  unsigned value = 0;
  const auto* const end = text.data() + text.size();
  if (text.empty() || text.find_first_not_of(digits) != std::string_view::npos) return std::nullopt;
  if (std::from_chars(text.data(), end, value).ec != std::errc{} || value > most) return std::nullopt;
  return value;
}

// HOST, HOST:PORT, [IPv6] or [IPv6]:PORT.
result<shaper::endpoint> parse_listener(std::string_view text) {
  shaper::endpoint listener;
  if (text.starts_with('[')) {
    const auto closing = text.find(']');
    if (closing == std::string_view::npos) return error::address_malformed;
    listener.host = text.substr(1, closing - 1);
    text.remove_prefix(closing + 1);
    if (!is_ipv6(listener.host)) return error::address_malformed;
  } else {
    listener.host = text.substr(0, text.find(':'));
    text.remove_prefix(listener.host.size());
    if (listener.host.empty() || !is_name(listener.host)) return error::address_malformed;
  }
  listener.port = default_transfer_port;
  if (text.empty()) return listener;
  const auto port = text.starts_with(':') ? number(text.substr(1), 65535) : std::nullopt;
  if (!port || *port == 0) return error::address_malformed;
  listener.port = static_cast<std::uint16_t>(*port);
  return listener;
}

std::optional<sst_method> sst_method_of(std::string_view word) {
  for (const auto method : {sst_method::rsync, sst_method::mariabackup}) {
    if (word == to_word(method)) return method;
  }
  return std::nullopt;
}

std::string to_hexadecimal(const transfer_token& token) {
  std::string text;
  for (const auto byte : token) {
    text += hexadecimal[byte >> 4];
    text += hexadecimal[byte & 15];
  }
  return text;
}

}  // namespace

result<transfer_address> parse_transfer_address(std::string_view text) {
  if (text.size() > longest_transfer_address) return error::address_malformed;
  transfer_address address;
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    address.authentication = text.substr(0, at);
    text.remove_prefix(at + 1);
    const auto visible = [](char c) { return c > ' ' && c < '\x7f'; };
    const auto& shown = address.authentication;
    if (shown.empty() || !std::all_of(shown.begin(), shown.end(), visible)) return error::address_malformed;
  }
  const auto slash = std::min(text.find('/'), text.size());
  auto listener = parse_listener(text.substr(0, slash));
  if (!listener) return listener.error();
  address.listener = std::move(*listener);
  text.remove_prefix(slash);
  while (!text.empty()) {
    text.remove_prefix(1);
    const auto segment = text.substr(0, text.find('/'));
    if (!is_word(segment)) return error::address_malformed;
    address.path.emplace_back(segment);
    text.remove_prefix(segment.size());
  }
  return address;
}

std::string to_string(const transfer_address& address) {
  auto text = address.authentication.empty() ? std::string{} : address.authentication + "@";
  text += shaper::to_string(address.listener);
  for (const auto& segment : address.path) text += "/" + segment;
  return text;
}

std::string_view to_word(sst_method method) {
  return method == sst_method::rsync ? "mgc_rsync" : "mgc_mariabackup";
}

std::string to_ready_address(const joiner_offer& offer, const transfer_token& token) {
  return fmt::format("{}:{}@{}/{}/{}/{}", token_user, to_hexadecimal(token),
                     shaper::to_string(offer.listener), to_word(offer.method), offer.wire_version,
                     to_word(offer.tls));
}

result<joiner_offer> parse_joiner_offer(std::string_view text) {
  const auto address = parse_transfer_address(text);
  if (!address) return address.error();
  const auto& path = address->path;
  const auto method = path.empty() ? std::nullopt : sst_method_of(path[0]);
  if (!method) return error::joiner_not_mgc;
  const auto version = path.size() < 3 ? std::nullopt : number(path[1], 1'000'000);
  if (!version || *version == 0) return error::address_malformed;
  const auto tls = tls_choice_of(path[2]);
  if (!tls) return error::joiner_tls_unknown;
  return joiner_offer{address->listener, *method, *version, *tls};
}

result<transfer_token> parse_remote_authentication(std::string_view text) {
  transfer_token token{};
  if (!text.starts_with(token_user)) return error::address_authentication_malformed;
  text.remove_prefix(token_user.size());
  if (text.size() != 1 + 2 * token.size() || text[0] != ':') return error::address_authentication_malformed;
  text.remove_prefix(1);
  for (std::size_t i = 0; i < token.size(); ++i) {
    const auto high = hexadecimal.find(text[2 * i]);
    const auto low = hexadecimal.find(text[2 * i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) {
      return error::address_authentication_malformed;
    }
    token[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return token;
}

}  // namespace mgc::proxy
