#pragma once

// Whether the installed server takes the options: it is asked, before the datadir is touched, by letting it read them
// together with --help, which starts nothing. Core; ask_server.hpp runs it.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/config/node_settings.hpp"
#include "orchestrator/config/user_options.hpp"

namespace mgc::orchestrator {

struct server_answer {
  int code = 0;  // exit code; -1: it could not be run, `errors` says why
  std::string output;
  std::string errors;
};

// Runs the server with --verbose --help and the text of an option file.
using server_question = std::function<server_answer(const std::string& option_file)>;

// "tmp_table_size", ... : what `mariadbd --verbose --help` lists.
std::vector<std::string> option_names(std::string_view help);

// What the server logged at this level ("ERROR", "Warning"): one line each, without its time, and without what is not
// about options.
std::vector<std::string> logged(std::string_view errors, std::string_view level);

// Problems name the variables of `user`: the settings' options that one of them gave. Warnings of the server go to
// `settings`. `sure`: what the server refuses without an option of the operator's being at fault is a problem too.
void check_with_server(const server_question& ask, const user_options& user, bool sure,
                       node_settings& settings, std::vector<std::string>& problems);

}  // namespace mgc::orchestrator
