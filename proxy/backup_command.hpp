#pragma once

// The command lines of mariadb-backup and mbstream. I/O ring, for one thing: a user and password go to mariadb-backup in
// an option file that exists in memory only, because command lines and environments can be read by others, and its own
// command line even becomes a part of the backup.

#include <string>

#include "proxy/child.hpp"
#include "proxy/sst_context.hpp"
#include "shaper/file_descriptor.hpp"

namespace mgc::proxy {

struct backup_command {
  command what;
  shaper::file_descriptor credentials;  // keeps what the command line refers to alive
};

// Streams to what `what.output` is set to. `temporary` is a directory for its own files.
backup_command backup_to_stream(const sst_context& context, const std::string& temporary);

// Reads its standard input into `target`.
command receive_stream_into(const sst_context& context, const std::string& target);

// What `compress` of the donor's option files made smaller.
command decompress_backup(const sst_context& context, const std::string& target);

command prepare_backup(const sst_context& context, const std::string& target);
command move_backup(const sst_context& context, const std::string& target);

}  // namespace mgc::proxy
