#include "orchestrator/server/server_process.hpp"

#include <fmt/format.h>

#include <csignal>

namespace mgc::orchestrator {

std::vector<std::string> server_words(const node_settings& settings, const server_start& how) {
  auto words = server_program(settings);
  words.insert(words.end(), settings.program_words.begin(), settings.program_words.end());
  if (how.new_cluster) words.emplace_back("--wsrep-new-cluster");
  if (!how.history.empty() && how.position != no_seqno)
    words.push_back(fmt::format("--wsrep-start-position={}:{}", how.history, how.position));
  words.insert(words.end(), how.further.begin(), how.further.end());
  return words;
}

answer<server_process> server_process::start(const server_host& host, const server_start& how) {
  const auto what = server_command(host, server_words(host.settings, how));
  auto child = host.children.start(what, child_processes::leftovers::leave);
  if (!child)
    return failure{fmt::format("{} cannot be started: {}", what.words.front(), child.error().message())};
  host.lock.name_holder(child->pid());
  child->let_go();
  return server_process{*std::move(child)};
}

server_process::server_process(server_process&& other) noexcept
    : child_{std::move(other.child_)}, here_{std::exchange(other.here_, false)}, stopping_{other.stopping_} {}

server_process::~server_process() {
  if (here_) stop();
}

void server_process::stop() {
  if (std::exchange(stopping_, true)) return;
  child_.signal(SIGTERM);
}

}  // namespace mgc::orchestrator
