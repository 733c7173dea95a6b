#include "orchestrator/deploy/plan.hpp"

#include <fmt/format.h>

#include "proxy/log_text.hpp"

namespace mgc::orchestrator {
namespace {

using proxy::for_log;

void plan_existing(const wanted_container& wanted, const engine_facts& there, host_plan& plan) {
  const auto& found = *there.container;
  plan.refusals = differences(wanted, found, there.image);
  if (!plan.refusals.empty()) return;
  const auto& word = found.state.word;
  if (word == "created" || word == "exited") {
    plan.steps.push_back(deploy_step::start);
  } else if (word == "paused") {
    plan.refusals.push_back(fmt::format("it is paused; 'docker unpause {}' lets it go on", wanted.name));
  } else if (word != "running" && word != "restarting") {
    plan.refusals.push_back(
        fmt::format("it is in the state '{}', from which it cannot be started", for_log(word, 50)));
  }
  if (there.image && there.image->id != found.image_id) {
    plan.notes.push_back(fmt::format(
        "it runs on with an earlier {} than the host has now, until it is replaced", wanted.image));
  }
}

}  // namespace

std::string_view to_string(deploy_step step) {
  switch (step) {
    case deploy_step::pull: return "pull";
    case deploy_step::create: return "create";
    case deploy_step::start: return "start";
  }
  return "";
}

host_plan make_plan(const wanted_container& wanted, pull_rule pull, const engine_facts& there) {
  host_plan plan;
  if (there.container) {
    plan_existing(wanted, there, plan);
    return plan;
  }
  if (!there.image && pull == pull_rule::never) {
    plan.refusals.push_back(
        fmt::format("it has no image {}, and pull=never; load it there first", wanted.image));
    return plan;
  }
  if (!there.image || pull == pull_rule::always) plan.steps.push_back(deploy_step::pull);
  plan.steps.push_back(deploy_step::create);
  plan.steps.push_back(deploy_step::start);
  return plan;
}

}  // namespace mgc::orchestrator
