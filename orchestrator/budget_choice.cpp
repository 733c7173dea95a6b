#include "orchestrator/budget_choice.hpp"

#include "proxy/bad_setting.hpp"
#include "proxy/load_settings.hpp"
#include "shaper/process.hpp"

namespace mgc::orchestrator {

std::string configured_budget(const std::string& named) {
  if (!named.empty()) return {};
  try {
    return proxy::configured_budget_file();
  } catch (const proxy::bad_setting& wrong) {
    shaper::complain(0, wrong.what());
    return {};
  }
}

}  // namespace mgc::orchestrator
