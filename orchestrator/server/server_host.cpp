#include "orchestrator/server/server_host.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <string_view>
#include <utility>

#include "proxy/os_user.hpp"

namespace mgc::orchestrator {
namespace {

namespace fs = std::filesystem;

bool names_a_secret(std::string_view variable) {
  std::string name;
  for (const char c : variable.substr(0, variable.find('=')))
    name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  constexpr std::array<std::string_view, 4> words{"password", "secret", "_pwd", "sst_opt_auth"};
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return name.find(word) != std::string::npos; });
}

std::string own_directory() {
  std::error_code unknown;
  return fs::read_symlink("/proc/self/exe", unknown).parent_path().string();
}

std::string search_path() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the environment changes before any thread exists, and never after
  const char* const inherited = ::getenv("PATH");
  std::string path = own_directory();
  if (inherited != nullptr && *inherited != '\0') path += fmt::format(":{}", inherited);
  return path + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

proxy::command make_command(std::vector<std::string> words, int errors) {
  words.front() = find_program(words.front());
  proxy::command what;
  what.words = std::move(words);
  what.output = errors;
  what.errors = errors;
  what.environment = child_environment();
  what.directory = "/";  // ours may be closed to the server's user
  return what;
}

}  // namespace

std::string server_os_user(const node_settings& settings) {
  return settings.server_user.empty() || ::geteuid() != 0 ? proxy::own_os_user() : settings.server_user;
}

std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const auto path = search_path();
  for (std::size_t at = 0; at < path.size();) {
    const auto end = std::min(path.find(':', at), path.size());
    auto candidate = fmt::format("{}/{}", path.substr(at, end - at), name);
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    at = end + 1;
  }
  return name;
}

std::vector<std::string> child_environment() {
  std::vector<std::string> variables;
  for (char** variable = ::environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    if (!text.starts_with("PATH=") && !names_a_secret(text)) variables.emplace_back(text);
  }
  variables.push_back("PATH=" + search_path());
  return variables;
}

std::vector<std::string> server_program(const node_settings& settings) {
  std::vector<std::string> words{settings.server_program.empty() ? "mariadbd" : settings.server_program,
                                 "--defaults-file=" + settings.option_file};
  if (server_os_user(settings) == "root") words.emplace_back("--user=root");
  return words;
}

proxy::command server_command(const server_host& host, std::vector<std::string> words, int errors) {
  auto what = client_command(host, std::move(words), errors);
  what.kept.push_back(host.lock.descriptor());
  return what;
}

proxy::command client_command(const server_host& host, std::vector<std::string> words, int errors) {
  auto what = make_command(std::move(words), errors);
  if (::geteuid() == 0) what.user = host.settings.server_user;
  return what;
}

}  // namespace mgc::orchestrator
