#include "orchestrator/budget_choice.hpp"

#include <filesystem>
#include <system_error>

#include "orchestrator/peers/local_client.hpp"
#include "proxy/bad_setting.hpp"
#include "proxy/load_settings.hpp"
#include "shaper/process.hpp"

namespace mgc::orchestrator {

std::string configured_budget(const std::string& named, const std::string& run_directory) {
  if (!named.empty()) return {};
  std::error_code ignored;
  if (auto of_run = find_run_directory(run_directory) + "/budget"; std::filesystem::exists(of_run, ignored))
    return of_run;
  try {
    return proxy::configured_budget_file();
  } catch (const proxy::bad_setting& wrong) {
    shaper::complain(0, wrong.what());
    return {};
  }
}

}  // namespace mgc::orchestrator
