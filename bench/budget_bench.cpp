// What a token costs: one grab of the budget alone, with contenders, and between processes that share a file.
//
// Each iteration takes a ticket of 4 KiB under a limit that is never reached, and asks when it is due, as a transfer does
// for each piece. The time of one iteration is wall time per grab of one contender.

#include <benchmark/benchmark.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "shaper/budget.hpp"
#include "shaper/shared_budget.hpp"

namespace {

using namespace mgc::shaper;
using clock = std::chrono::steady_clock;

constexpr std::uint64_t piece = 4096;
constexpr auto plenty = rate::bytes_per_second(rate::highest);

void take_one(budget& tokens) {
  const auto now = clock::now();
  const auto ticket = tokens.grab(piece, now);
  benchmark::DoNotOptimize(tokens.due(ticket, piece));
}

void grab(benchmark::State& state) {
  static budget_state shared;
  budget tokens{shared};
  if (state.thread_index() == 0) tokens.set_limit(plenty, clock::now());
  for (auto _ : state) take_one(tokens);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(grab)->Threads(1)->Threads(2)->Threads(8)->Threads(32)->UseRealTime();

void read_clock(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(clock::now());
}
BENCHMARK(read_clock);

// The file, and processes that grab from it until they are killed.
class crowd {
 public:
  explicit crowd(std::int64_t others)
      : path_{std::filesystem::temp_directory_path() / ("mgc-budget-bench." + std::to_string(::getpid()))},
        budget_{shared_budget::open_or_create(path_, plenty).value()} {
    for (std::int64_t i = 0; i < others; ++i) {
      const auto child = ::fork();
      if (child == 0) {
        const auto opened = shared_budget::open(path_).value();
        auto tokens = opened->tokens();
        for (;;) take_one(tokens);
      }
      children_.push_back(child);
    }
  }
  ~crowd() {
    for (const auto child : children_) ::kill(child, SIGKILL);
    for (const auto child : children_) ::waitpid(child, nullptr, 0);
    std::filesystem::remove(path_);
  }
  crowd(const crowd&) = delete;
  crowd& operator=(const crowd&) = delete;

  budget tokens() { return budget_->tokens(); }

 private:
  std::string path_;
  std::unique_ptr<shared_budget> budget_;
  std::vector<pid_t> children_;
};

void grab_from_file(benchmark::State& state) {
  crowd sharers{state.range(0)};
  auto tokens = sharers.tokens();
  for (auto _ : state) take_one(tokens);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(grab_from_file)->ArgName("other_processes")->Arg(0)->Arg(1)->Arg(7);

}  // namespace

BENCHMARK_MAIN();
