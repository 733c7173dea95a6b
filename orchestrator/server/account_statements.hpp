#pragma once

// The SQL by which users and databases come to be in a new data directory. Core.

#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/config/node_settings.hpp"

namespace mgc::orchestrator {

// In single quotes, for a session whose sql_mode is empty and whose character set is utf8mb4.
std::string quoted(std::string_view text);

// In backquotes: the name of a database. For GRANT, where _ and % stand for others, `in_grant`.
std::string quoted_name(std::string_view name, bool in_grant = false);

struct account_statement {
  std::string purpose;  // for people; never holds a secret
  std::string text;
};

// In their order, the session's settings first. `root_password`: the configured or the generated one, else empty. `os_user`: whom
// the server runs as, who is let in by unix_socket.
std::vector<account_statement> account_statements(const account_settings& accounts,
                                                  const std::string& root_password,
                                                  const std::string& os_user);

// 32 of 64 letters, digits and two signs that need no quotes: from so many bytes of randomness.
inline constexpr std::size_t password_length = 32;
std::string password_of(std::string_view random);

}  // namespace mgc::orchestrator
