#pragma once

// A local_node with data, whose server a test can start, watch and stop.

#include <csignal>
#include <functional>

#include "tests/integration/orchestrator/server/local_node.hpp"

namespace mgc::test {

struct new_node : local_node {
  new_node() {
    const auto made = run(orchestrator::initialise(host()));
    if (!made) throw std::runtime_error{made.error()};
  }
};

class running_node : public local_node {
 public:
  running_node() {
    static const new_node origin;  // copied: to make one takes seconds
    const auto all = std::filesystem::copy_options::recursive;
    std::filesystem::copy(origin.settings.directories.data, settings.directories.data, all);
    give(settings.directories.data);
    for (const auto& entry : std::filesystem::recursive_directory_iterator{settings.directories.data})
      give(entry.path());
  }
  ~running_node() { kill(); }

  void start(const orchestrator::server_start& how) {
    auto started = orchestrator::server_process::start(host(), how);
    if (!started) throw std::runtime_error{started.error()};
    server_.emplace(*std::move(started));
    state = orchestrator::server_state::starting;
    watch_.emplace(context, settings, [this](const orchestrator::server_observation& now) {
      seen = now;
      state = state_of(now, state);
      ++looks;
    });
  }
  void found_cluster() {
    start({.new_cluster = true});
    // It is Synced a moment before it takes queries.
    wait_until([this] { return state == orchestrator::server_state::primary && seen.ready; });
  }

  // Runs the context until it is so. ctest has the time limit; a server that ends is not waited for.
  void wait_until(const std::function<bool()>& so) {
    context.restart();
    while (!so()) {
      if (server_ && server_->status() && state != orchestrator::server_state::down) {
        state = orchestrator::server_state::down;
        if (so()) return;
        throw std::runtime_error{"the server ended: " + to_string(*server_->status()) + log("error.log")};
      }
      context.run_one();
    }
  }

  proxy::exit_status stop() {
    server_->stop();
    return end();
  }
  void kill() {
    if (!server_) return;
    server_->kill();
    end();
  }
  // How it ended; it is gone then.
  proxy::exit_status end() {
    const auto how = run(server_->ended());
    watch_.reset();
    server_.reset();
    state = orchestrator::server_state::down;
    return how;
  }

  orchestrator::server_process& server() { return *server_; }
  orchestrator::server_watch& watch() { return *watch_; }

  orchestrator::server_state state = orchestrator::server_state::down;
  orchestrator::server_observation seen;
  unsigned looks = 0;

 private:
  std::optional<orchestrator::server_process> server_;
  std::optional<orchestrator::server_watch> watch_;
};

}  // namespace mgc::test
