#pragma once

// Several threads, or several processes, that do something at the same moment.

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <latch>
#include <thread>
#include <vector>

#include "tests/unit/child_process.hpp"

namespace mgc::test {

// `work(i)` in each of `count` threads.
template <class Work>
void race_threads(std::size_t count, Work work) {
  std::latch start{static_cast<std::ptrdiff_t>(count)};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      work(i);
    });
  }
  for (auto& thread : threads) thread.join();
}

// `work(i)` in each of `count` children; what they return but 0 is a failure.
template <class Work>
void race_processes(std::size_t count, Work work) {
  shared_with_children<std::atomic<std::size_t>> here;
  std::vector<child_process> children;
  for (std::size_t i = 0; i < count; ++i) {
    children.emplace_back([&, i] {
      ++*here;
      wait_until([&] { return *here == count; });
      return work(i);
    });
  }
  for (auto& child : children) EXPECT_EQ(child.exit_code(), 0);
}

}  // namespace mgc::test
