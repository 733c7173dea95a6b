#pragma once

// One node's host while it is deployed to: what is known of it, and how far it is. I/O ring; one thread.

#include <string>
#include <vector>

#include "orchestrator/deploy/deploy_settings.hpp"
#include "orchestrator/deploy/engine_client.hpp"
#include "orchestrator/deploy/plan.hpp"

namespace mgc::orchestrator {

struct deploy_host {
  const deployed_node& node;
  engine_client engine;
  std::string release;  // of the engine; empty: it was not asked yet
  engine_facts facts;
  host_plan plan;
  std::string doing;  // the step that is under way; empty: none
  std::vector<std::string> done;
  std::string problem;  // why it failed; empty: it did not

  // "node1 (192.168.1.100): what"
  std::string line(std::string_view what) const {
    return node.name() + " (" + node.address + "): " + std::string{what};
  }
};

// Where lines go; none ends with a line feed.
struct deploy_voice {
  std::function<void(const std::string&)> say;
  std::function<void(const std::string&)> complain;
};

}  // namespace mgc::orchestrator
