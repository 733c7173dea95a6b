#pragma once

// Runs the installed server for its opinion of an option file. I/O ring; blocks for at most half a minute.

#include <string>
#include <vector>

#include "orchestrator/config/server_check.hpp"

namespace mgc::orchestrator {

// `mariadbd --defaults-file=... WORDS --verbose --help`, without a shell. The option file exists in memory alone, and the
// server gets none of our environment but what programs need to run. No file is touched; so what plugins from the table
// mysql.plugin know is not known here.
server_answer ask_server(const std::string& program, const std::string& option_file,
                         const std::vector<std::string>& words);

}  // namespace mgc::orchestrator
