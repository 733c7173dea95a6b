#pragma once

// Settings from the text of one option file, with files that exist only in the test.

#include <map>
#include <string>
#include <utility>
#include <variant>

#include "proxy/bad_setting.hpp"
#include "proxy/sst_settings.hpp"

namespace mgc::proxy {

struct settings_of_text {
  std::string text;
  sst_arguments arguments = [] {
    sst_arguments joiner;
    joiner.datadir = "/data";
    return joiner;
  }();
  sst_environment environment{};
  std::map<std::string, std::string> files{};  // a path that ends in '/' is a directory

  sst_settings resolve() const {
    option_files read;
    for (auto& item : parse_option_file(text, "my.cnf")) {
      if (auto* const o = std::get_if<option>(&item)) read.options.push_back(std::move(*o));
    }
    const auto missing = boost::system::errc::make_error_code(boost::system::errc::no_such_file_or_directory);
    return resolve_settings(
        arguments, read, environment,
        {.read = [&](const std::string& path) -> result<std::string> {
           const auto found = files.find(path);
           if (found == files.end()) return missing;
           return found->second;
         },
         .check =
             [&](const std::string& path) {
               return files.contains(path) || files.contains(path + "/") ? error_code{} : missing;
             },
         .is_directory = [&](const std::string& path) { return files.contains(path + "/"); }});
  }

  // What bad_setting says.
  std::string refusal() const {
    try {
      resolve();
    } catch (const bad_setting& refused) {
      return refused.what();
    }
    return "nothing was refused";
  }
};

}  // namespace mgc::proxy
