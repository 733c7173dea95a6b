#pragma once

// Randomness for property tests: another seed in every run, printed, and the same again with MGC_TEST_SEED=N
// in the environment.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <random>

namespace mgc::test {

class random_source {
 public:
  random_source() : random_source{choose_seed()} {
    std::cout << "MGC_TEST_SEED=" << seed_ << std::endl;  // flushed: children are forked, and tests may crash
  }

  // For one of many rounds of a test: its own sequence, whatever the rounds before it took.
  random_source round(std::uint64_t number) const { return random_source{seed_ * 1'000'003 + number}; }

  std::uint64_t between(std::uint64_t least, std::uint64_t most) {
    return std::uniform_int_distribution<std::uint64_t>{least, most}(engine_);
  }

  // Every order of magnitude is as likely as any other.
  std::uint64_t magnitude_between(std::uint64_t least, std::uint64_t most) {
    const auto low = std::log(static_cast<double>(least));
    const auto high = std::log(static_cast<double>(most));
    const auto drawn = std::exp(std::uniform_real_distribution<double>{low, high}(engine_));
    return std::min(most, std::max(least, static_cast<std::uint64_t>(drawn)));
  }

  bool one_in(std::uint64_t n) { return between(1, n) == 1; }

  template <class Range>
  auto one_of(const Range& range) {
    return *(std::begin(range) + static_cast<std::ptrdiff_t>(between(0, std::size(range) - 1)));
  }

 private:
  explicit random_source(std::uint64_t seed) : seed_{seed}, engine_{seed} {}

  static std::uint64_t choose_seed() {
    if (const char* const wanted = std::getenv("MGC_TEST_SEED")) return std::strtoull(wanted, nullptr, 10);
    return std::random_device{}();
  }

  std::uint64_t seed_;
  std::mt19937_64 engine_;
};

}  // namespace mgc::test
