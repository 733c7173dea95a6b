#pragma once

// The address of a state transfer, [AUTHENTICATION@]HOST[:PORT][/SEGMENT...], which the joiner's method prints behind
// "ready" and the server carries to the donor's method. Core: nothing is resolved here. All of it is what a peer says:
// hosts are names, IPv4 addresses or [IPv6]; anything else is an error.
//
// A joiner of mgc prints  mgc:TOKEN@HOST:PORT/METHOD/WIRE/TLS , for example
//   mgc:000102030405060708090a0b0c0d0e0f@10.0.0.5:4444/mgc_mariabackup/1/psk
// The donor's server takes what is before '@' off and puts it into WSREP_SST_OPT_REMOTE_AUTH.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/error.hpp"
#include "proxy/tls_choice.hpp"
#include "shaper/endpoint.hpp"

namespace mgc::proxy {

constexpr std::uint16_t default_transfer_port = 4444;
constexpr std::size_t longest_transfer_address =
    504;  // what the server's line of 512 bytes leaves behind "ready "

struct transfer_address {
  std::string authentication;  // before the last '@'; empty: none
  shaper::endpoint listener;   // never port 0
  std::vector<std::string> path;

  friend bool operator==(const transfer_address&, const transfer_address&) = default;
};

// Error: error::address_malformed.
[[nodiscard]] result<transfer_address> parse_transfer_address(std::string_view text);

// What parse_transfer_address reads back, the port always given.
std::string to_string(const transfer_address& address);

enum class sst_method { rsync, mariabackup };

// "mgc_rsync", "mgc_mariabackup": the values of wsrep_sst_method.
std::string_view to_word(sst_method method);

using transfer_token = std::array<std::uint8_t, 16>;  // made anew for every transfer

// What the joiner tells its donor about itself.
struct joiner_offer {
  shaper::endpoint listener;
  sst_method method = sst_method::mariabackup;
  unsigned wire_version = 1;
  tls_choice tls = tls_choice::off;

  friend bool operator==(const joiner_offer&, const joiner_offer&) = default;
};

// What stands behind "ready ".
std::string to_ready_address(const joiner_offer& offer, const transfer_token& token);

// The donor's side of it: the value of --address. Errors: address_malformed; joiner_not_mgc when the joiner runs a stock
// method; joiner_tls_unknown. Segments behind the known ones are of newer versions, and ignored.
[[nodiscard]] result<joiner_offer> parse_joiner_offer(std::string_view text);

// The token in "mgc:TOKEN", the value of WSREP_SST_OPT_REMOTE_AUTH. Error: error::address_authentication_malformed, of
// which the text holds nothing that was received.
[[nodiscard]] result<transfer_token> parse_remote_authentication(std::string_view text);

}  // namespace mgc::proxy
