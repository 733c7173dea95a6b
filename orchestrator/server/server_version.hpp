#pragma once

// Versions: of the server that is installed, and of the one whose system tables are in the data directory. Core, but for the
// functions that say what they read.

#include <boost/asio/awaitable.hpp>
#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "orchestrator/server/answer.hpp"
#include "orchestrator/server/server_host.hpp"

namespace mgc::orchestrator {

struct server_version {
  unsigned major = 0;
  unsigned minor = 0;
  unsigned patch = 0;
  // 10.11: what data is of, and what can read it.
  std::pair<unsigned, unsigned> series() const { return {major, minor}; }
  auto operator<=>(const server_version&) const = default;
};
std::string to_string(const server_version& what);  // "10.11.19"

// The first N.N.N in "mariadbd  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu" or "10.11.19-MariaDB".
std::optional<server_version> find_version(std::string_view text);

// From DATADIR/mariadb_upgrade_info, else mysql_upgrade_info. Unset: neither is there or says it.
std::optional<server_version> version_of_data(const std::string& datadir);

// Writes mariadb_upgrade_info, as mariadb-upgrade does when it has nothing more to do.
void note_version_of_data(const std::string& datadir, const server_version& what);

// Runs `mariadbd --version`.
boost::asio::awaitable<answer<server_version>> installed_version(const server_host& host);

}  // namespace mgc::orchestrator
