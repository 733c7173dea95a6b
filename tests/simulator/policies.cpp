#include "tests/simulator/policy.hpp"

namespace mgc::simulator {

const std::vector<policy>& policies() {
  static const std::vector<policy> all{
      {"own", "the project's own"},
  };
  return all;
}

}  // namespace mgc::simulator
