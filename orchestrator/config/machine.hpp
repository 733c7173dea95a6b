#pragma once

// What of this machine decides about a configuration. Plain data and a few questions, so that tests have machines of their
// own; machine_reader.hpp makes the one of this machine. Core.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/config/given_values.hpp"

namespace mgc::orchestrator {

struct local_address {
  std::string interface;  // "eth0"; of a label as "eth0:1" too
  std::string address;    // numeric
  unsigned prefix = 0;    // bits of its network
  bool loopback = false;  // of an interface on which every address of the network is this machine's
};

struct machine {
  std::vector<local_address> addresses;
  std::uint64_t memory = 0;   // bytes that this node may use
  std::string memory_origin;  // "cgroup", "host"
  unsigned processors = 1;
  bool root = false;
  std::string provider;        // the library of Galera; empty: none was found
  std::string server_program;  // mariadbd; empty: none was found

  std::function<std::uint64_t(const std::string& path)> disk_size;  // bytes of its file system; 0: unknown
  std::function<bool(const std::string& path)> exists;
  std::function<proxy::result<std::vector<std::string>>(const std::string& name)>
      resolve;  // numeric addresses
  file_reader read_file;
};

// The usual spelling of a numeric address, IPv4 or IPv6, with or without brackets; unset when it is not one.
std::optional<std::string> numeric_address(std::string_view text);

bool is_loopback(const std::string& address);
bool is_ipv6(const std::string& address);

// "192.0.2.1:4567", "[2001:db8::1]:4567"
std::string with_port(const std::string& address, unsigned port);

// The entry that makes `address` one of this machine's; null when it is none.
const local_address* find_local(std::span<const local_address> addresses, const std::string& address);

}  // namespace mgc::orchestrator
