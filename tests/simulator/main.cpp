// mgc_election_simulator: schedules of crashes, partitions and restarts against the election, by chance. Exit code 1 when a
// promise is broken: the schedule is printed, as short as it could be made, with the seed that finds it again.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>

#include "tests/simulator/every_schedule.hpp"
#include "tests/simulator/random_schedule.hpp"

using namespace mgc::simulator;

namespace {

struct options {
  std::uint64_t schedules = 20'000;
  std::uint64_t seed = 1;
  unsigned nodes = 0;
  unsigned every = 0;
  double minutes = 0;
  std::string policy = "own";
  bool expect_violation = false;
  bool safety_only = false;
  bool quiet = false;
};

const policy* find_policy(const std::string& name) {
  for (const auto& one : policies()) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

void tell(const options& chosen, const failure& found, const policy& tried) {
  fmt::print("promise {} is broken\n", found.broken.promise);
  if (!chosen.quiet) fmt::print("{}", to_text(shrink(found, tried)));
}

int run(const options& chosen) {
  const auto* const tried = find_policy(chosen.policy);
  if (tried == nullptr) {
    fmt::print(stderr, "--policy '{}': there is none of that name\n", chosen.policy);
    return 2;
  }
  using clock = std::chrono::steady_clock;
  const auto begin = clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(clock::now() - begin).count(); };
  coverage seen;
  if (chosen.every > 0) {
    if (const auto found = run_every(chosen.nodes, chosen.every, *tried, seen)) {
      tell(chosen, *found, *tried);
      return chosen.expect_violation ? 0 : 1;
    }
  } else {
    for (std::uint64_t seed = chosen.seed;; ++seed) {
      if (chosen.minutes > 0 ? elapsed() > 60 * chosen.minutes : seed - chosen.seed >= chosen.schedules)
        break;
      const auto found = run_random(seed, chosen.nodes, *tried, seen);
      if (!found || (chosen.safety_only && found->broken.promise == 4)) continue;
      fmt::print("seed {}: ", seed);
      tell(chosen, *found, *tried);
      return chosen.expect_violation ? 0 : 1;
    }
  }
  fmt::print("{}{:.0f} schedules/s\n", to_text(seen), static_cast<double>(seen.schedules) / elapsed());
  return chosen.expect_violation ? 1 : 0;
}

}  // namespace

int main(int count, char** words) {
  options chosen;
  CLI::App app{"Looks for schedules that break the election's promises"};
  app.add_option("--schedules", chosen.schedules, "how many");
  app.add_option("--seed", chosen.seed, "of the first one; the next ones count up");
  app.add_option("--nodes", chosen.nodes, "2 to 7; 0: by chance")->check(CLI::Range(0, 7));
  app.add_option("--minutes", chosen.minutes, "instead of --schedules");
  app.add_option("--policy", chosen.policy, "what is tried");
  app.add_flag("--expect-violation", chosen.expect_violation, "exit code 0 when one is found, else 1");
  app.add_option("--every", chosen.every,
                 "instead of by chance: all schedules of --nodes nodes up to this length");
  app.add_flag("--safety-only", chosen.safety_only, "a cluster that does not form is no violation");
  app.add_flag("--quiet", chosen.quiet, "a schedule that is found is not shortened and printed");
  CLI11_PARSE(app, count, words);
  if (chosen.nodes == 1 || (chosen.every > 0 && chosen.nodes == 0)) {
    fmt::print(stderr, "--nodes {}: 2 to 7; with --every it has to be given\n", chosen.nodes);
    return 2;
  }
  return run(chosen);
}
