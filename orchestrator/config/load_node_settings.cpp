#include "orchestrator/config/load_node_settings.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "orchestrator/config/ask_server.hpp"
#include "orchestrator/config/machine_reader.hpp"
#include "orchestrator/config/operator_files.hpp"
#include "orchestrator/config/resolve_settings.hpp"
#include "orchestrator/config/server_check.hpp"
#include "orchestrator/config/variables.hpp"
#include "proxy/log_text.hpp"

namespace mgc::orchestrator {
namespace {

namespace errc = boost::system::errc;

class loader {
 public:
  loader(const std::vector<std::string>& environment, std::vector<std::string> words)
      : given_{environment}, words_{std::move(words)}, here_{read_machine()} {}

  node_settings load() {
    read_custom_file();
    read_init_files();
    given_.read_secret_files(here_.read_file, problems_);
    auto settings = resolve_node_settings(given_, here_, problems_);
    settings.warnings.insert(settings.warnings.begin(), warnings_.begin(), warnings_.end());
    settings.program_words = words_;
    std::vector<std::string> ignored;
    auto user = read_user_options(given_, ignored);
    if (here_.exists(settings.directories.lock + "/global.lock")) {
      use_operator_files(user, settings, problems_);
      user.clear();
    }
    ask(user, settings);
    if (!problems_.empty()) throw bad_configuration{std::move(problems_)};
    return settings;
  }

 private:
  // initdb.d/*.env, in the order of their names.
  void read_init_files() {
    std::vector<std::string> said_later;
    const auto directory = resolve_directories(given_, said_later).initdb;
    std::vector<std::string> names;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator{directory, none}) {
      if (entry.path().extension() == ".env") names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    for (const auto& name : names) overlay(directory + "/" + name, "initdb.d/" + name);
    if (resolve_directories(given_, said_later).initdb != directory)
      problems_.push_back(
          fmt::format("{}: base_dir leads to these files; set it in the environment", directory));
  }

  void overlay(const std::string& path, const std::string& origin) {
    const auto text = here_.read_file(path);
    if (!text) {
      problems_.push_back(
          fmt::format("{} cannot be read: {}", proxy::for_log(path, 500), text.error().message()));
      return;
    }
    auto file = parse_assignments(*text, path);
    given_.overlay(file, origin);
    problems_.insert(problems_.end(), file.problems.begin(), file.problems.end());
    warnings_.insert(warnings_.end(), file.warnings.begin(), file.warnings.end());
  }

  void read_custom_file() {
    std::vector<std::string> said_later;
    const auto conf = resolve_directories(given_, said_later).conf;
    const auto path = conf + "/custom.cfg";
    const auto text = here_.read_file(path);
    if (!text) {
      if (text.error() != errc::no_such_file_or_directory && text.error() != errc::not_a_directory) {
        problems_.push_back(
            fmt::format("{} cannot be read: {}", proxy::for_log(path, 500), text.error().message()));
      }
      return;
    }
    auto file = parse_assignments(*text, path);
    given_.overlay(file, "conf/custom.cfg");
    problems_.insert(problems_.end(), file.problems.begin(), file.problems.end());
    warnings_ = std::move(file.warnings);
    if (resolve_directories(given_, said_later).conf != conf) {
      problems_.push_back(
          fmt::format("{}: base_dir and conf_dir lead to this file; set them in the environment",
                      proxy::for_log(path, 500)));
    }
  }

  void ask(const user_options& user, node_settings& settings) {
    if (here_.server_program.empty()) return;
    const server_question question = [&](const std::string& text) {
      return ask_server(here_.server_program, text, words_);
    };
    if (settings.operator_files) return check_operator_files(question, settings, problems_);
    check_with_server(question, user, problems_.empty(), settings, problems_);
  }

  given_values given_;
  std::vector<std::string> words_;
  machine here_;
  std::vector<std::string> problems_;
  std::vector<std::string> warnings_;
};

}  // namespace

std::vector<std::string> read_environment() {
  std::vector<std::string> lines;
  for (char** line = ::environ; *line != nullptr; ++line) lines.emplace_back(*line);
  return lines;
}

void remove_secrets_from_environment() {
  for (const auto& line : read_environment()) {
    const auto name = line.substr(0, line.find('='));
    if (!is_secret_name(name)) continue;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread exists
    if (char* const value = ::getenv(name.c_str()))
      ::explicit_bzero(value, std::strlen(value));  // /proc/PID/environ shows it
    // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread exists
    ::unsetenv(name.c_str());
  }
}

node_settings load_node_settings(const std::vector<std::string>& environment,
                                 std::vector<std::string> program_words) {
  return loader{environment, std::move(program_words)}.load();
}

}  // namespace mgc::orchestrator
