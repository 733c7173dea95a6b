#pragma once

// What is to be done at one host. A pure function of what is wanted and what the engine has: nothing is ever made twice,
// replaced or removed. Core.

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/deploy/container.hpp"
#include "orchestrator/deploy/deploy_settings.hpp"

namespace mgc::orchestrator {

struct engine_facts {
  std::optional<found_image> image;          // the wanted one; unset: it is not there
  std::optional<found_container> container;  // of the wanted name; unset: there is none
};

enum class deploy_step { pull, create, start };
std::string_view to_string(deploy_step step);

struct host_plan {
  std::vector<deploy_step> steps;     // in this order; none: it is as it should be
  std::vector<std::string> refusals;  // why nothing may be done; then there are no steps
  std::vector<std::string> notes;
};

host_plan make_plan(const wanted_container& wanted, pull_rule pull, const engine_facts& there);

}  // namespace mgc::orchestrator
