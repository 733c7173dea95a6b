#pragma once

// A machine that exists only in a test, and what becomes of an environment on it.

#include <map>
#include <string>
#include <vector>

#include "orchestrator/config/resolve_settings.hpp"

namespace mgc::orchestrator {

struct test_machine {
  machine here = usual();
  std::map<std::string, std::vector<std::string>> names{};
  std::map<std::string, std::string> files{};
  std::uint64_t disk = std::uint64_t{1} << 40;

  static machine usual() {
    machine m;
    m.addresses = {{"lo", "127.0.0.1", 8, true},
                   {"lo", "::1", 128, true},
                   {"eth0", "192.0.2.2", 24, false},
                   {"eth0", "2001:db8::2", 64, false}};
    m.memory = std::uint64_t{4} << 30;
    m.memory_origin = "cgroup";
    m.processors = 4;
    m.root = true;
    m.provider = "/usr/lib/galera/libgalera_smm.so";
    m.server_program = "/usr/sbin/mariadbd";
    return m;
  }

  // `here` with the answers of this object, which must outlive it.
  machine machine_of() const {
    const auto missing = boost::system::errc::make_error_code(boost::system::errc::no_such_file_or_directory);
    auto m = here;
    m.disk_size = [this](const std::string&) { return disk; };
    m.exists = [this](const std::string& path) { return files.contains(path); };
    m.resolve = [this, missing](const std::string& name) -> proxy::result<std::vector<std::string>> {
      const auto found = names.find(name);
      if (found == names.end()) return missing;
      return found->second;
    };
    m.read_file = [this, missing](const std::string& path) -> proxy::result<std::string> {
      const auto found = files.find(path);
      if (found == files.end()) return missing;
      return found->second;
    };
    return m;
  }
};

struct resolved {
  node_settings settings;
  std::vector<std::string> problems;

  // The last of that name in [mysqld], or in another group; "(none)" when there is none.
  std::string option(const std::string& name, const std::string& group = "mysqld") const {
    std::string value = "(none)";
    for (const auto& o : settings.options) {
      if (o.group == group && o.name == name) value = o.value;
    }
    return value;
  }
};

inline resolved resolve(const std::vector<std::string>& environment, const test_machine& on = {}) {
  resolved result;
  const auto here = on.machine_of();
  given_values given{environment};
  given.read_secret_files(here.read_file, result.problems);
  result.settings = resolve_node_settings(given, here, result.problems);
  return result;
}

// Three nodes, of which this machine is the second.
inline std::vector<std::string> with_nodes(std::vector<std::string> more = {}) {
  more.insert(more.end(), {"node1=192.0.2.1", "node2=192.0.2.2", "node3=192.0.2.3"});
  return more;
}

}  // namespace mgc::orchestrator
