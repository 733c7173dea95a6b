#pragma once

// Changes to a data directory that must be on disk before what rests on them is done. I/O ring.

#include <string>
#include <string_view>

#include "proxy/error.hpp"

namespace mgc::orchestrator {

// A small file, whole. Error: the system's; no such file; EFBIG beyond a megabyte.
proxy::result<std::string> read_small_file(const std::string& path);

// In one step, with the owner and the mode that the file there has; where there is none, as write_new_file().
[[nodiscard]] proxy::error_code replace_file(const std::string& path, std::string_view text);

// A new file of the owner of the directory it is in.
[[nodiscard]] proxy::error_code write_new_file(const std::string& path, std::string_view text);

// A new file that nobody but us can read.
[[nodiscard]] proxy::error_code write_private_file(const std::string& path, std::string_view text);

[[nodiscard]] proxy::error_code remove_file(const std::string& path);  // one that is not there is no error

// The names in it.
[[nodiscard]] proxy::error_code sync_directory(const std::string& path);

// Everything on the file system that it is on.
[[nodiscard]] proxy::error_code sync_all(const std::string& path);

}  // namespace mgc::orchestrator
