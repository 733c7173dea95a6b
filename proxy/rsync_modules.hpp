#pragma once

// What donor and joiner by rsync agree on: a module of the joiner's rsync for each directory of the server. Core.

#include <array>
#include <string>
#include <string_view>

#include "proxy/sst_settings.hpp"

namespace mgc::proxy {

struct rsync_module {
  std::string_view name;
  std::string server_directories::*directory;
  std::array<std::string_view, 2>
      files;  // what of the directory is sent, as rsync's patterns; empty: see rsync_donor.cpp
};

inline constexpr std::string_view rsync_data_module = "data";
inline constexpr std::string_view rsync_binlog_module = "binlog";

// Each may be a directory of its own, or the data directory. In this order, after the schemas.
inline const std::array<rsync_module, 4> rsync_file_modules{{
    {"aria_log", &server_directories::aria_log, {"/aria_log_control", "/aria_log.*"}},
    {"undo", &server_directories::innodb_undo, {"/undo*", ""}},
    {"innodb_log", &server_directories::innodb_log_group_home, {"/ib_logfile0", ""}},
    {"innodb_data", &server_directories::innodb_data_home, {"/ibdata*", "/ib_lru_dump"}},
}};

}  // namespace mgc::proxy
