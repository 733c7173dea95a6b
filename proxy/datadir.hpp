#pragma once

// What a state transfer does to the directories of a server: it makes sure to be the only one, measures them, and wipes
// them when it is time. I/O ring; one thread.

#include <cstdint>
#include <string>
#include <vector>

#include "proxy/sst_settings.hpp"
#include "proxy/transfer_process.hpp"

namespace mgc::proxy {

// Makes this process the only transfer of the data directory, until its end: by DATADIR/wsrep_sst.pid, as the stock
// methods have it, but with a lock that dies with its process, so that a stale file is no obstacle, whatever process has that
// number now. When another transfer runs, waits 30 s for its end, then fails with EALREADY.
void lock_transfers(transfer_process& process, const std::string& datadir);

// Bytes of what mariadb-backup will send, roughly: data files and undo logs.
std::uint64_t backup_footprint(const server_directories& directories);

// Bytes of all files below a directory.
std::uint64_t size_of(const std::string& directory);

// Bytes that may still be written there; 0 when that cannot be told.
std::uint64_t free_space(const std::string& directory);

// Removes everything in the server's directories, InnoDB's files first, but lost+found and what matches `keep_pattern` (a regular expression of find(1)
// for whole paths, as `cpat` of the stock methods; empty: their default) and the `spared` paths. Ends the process when something
// cannot be removed.
void wipe(transfer_process& process, const server_directories& directories, const std::string& keep_pattern,
          const std::vector<std::string>& spared);

// Removes the server's binary logs and their index, with the directory they are in left there.
void remove_binary_logs(transfer_process& process, const server_directories& directories);

// Makes the directories of binary logs and index if they are not there: the server does not.
void make_binary_log_directories(transfer_process& process, const server_directories& directories);

// The first line of a file, or an empty text.
std::string first_line(const std::string& file);

// A directory of our own below `parent` (empty: the system's), that goes with the process. Those of processes that were
// killed go now.
std::string make_temporary_directory(transfer_process& process, const std::string& parent);

}  // namespace mgc::proxy
