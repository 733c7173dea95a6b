#include "bench/peer/source.hpp"

#include <sys/mman.h>
#include <sys/sendfile.h>

#include <algorithm>
#include <ctime>
#include <exception>
#include <iostream>
#include <thread>
#include <vector>

#include "bench/peer/arrivals.hpp"
#include "bench/peer/endpoint.hpp"
#include "bench/peer/priority.hpp"

namespace mgc::bench {
namespace {

// Real pages, not a hole: the kernel treats its one zero page differently.
descriptor memory_file(std::uint64_t size) {
  descriptor file{check(::memfd_create("bench-peer", MFD_CLOEXEC), "memfd_create")};
  const std::vector<char> content(size, 'x');
  if (check(::write(file.get(), content.data(), content.size()), "write memory file") !=
      static_cast<ssize_t>(size)) {
    throw std::system_error{ENOSPC, std::generic_category(), "write memory file"};
  }
  return file;
}

void wait_until(std::int64_t time) {
  const timespec at{time / 1'000'000'000, time % 1'000'000'000};
  while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr) == EINTR) {
  }
}

bool is_hang_up(int error) { return error == EPIPE || error == ECONNRESET; }

class stream {
 public:
  stream(const source_options& options, const descriptor& content, const descriptor& out)
      : options_{options}, content_{content}, out_{out} {}

  // False when the reader is gone.
  bool send(std::uint64_t bytes) {
    while (bytes > 0) {
      off_t begin = 0;
      const auto sent = ::sendfile(out_.get(), content_.get(), &begin, std::min(bytes, options_.chunk));
      if (sent == -1 && is_hang_up(errno)) return false;
      bytes -= static_cast<std::uint64_t>(check(sent, "send"));
    }
    return true;
  }

  bool send_by_metronome(std::uint64_t bytes) {
    const std::int64_t start = monotonic_now();
    const std::int64_t period = std::chrono::nanoseconds{options_.every}.count();
    for (std::int64_t beat = 0; bytes > 0; ++beat) {
      wait_until(start + beat * period);
      const auto chunk = std::min(bytes, options_.chunk);
      if (!send(chunk)) return false;
      bytes -= chunk;
    }
    return true;
  }

 private:
  const source_options& options_;
  const descriptor& content_;  // one chunk
  const descriptor& out_;
};

void run_stream(const source_options& options, stream data) {
  const auto before = options.pause.count() > 0 ? std::min(options.pause_after, options.bytes) : 0;
  const auto after = options.bytes - before;
  bool taken = data.send(before);
  if (taken) {
    std::this_thread::sleep_for(options.pause);
    taken = options.every.count() > 0 ? data.send_by_metronome(after) : data.send(after);
  }
  if (!taken && options.bytes != endless) {
    throw std::system_error{EPIPE, std::generic_category(), "the reader left before the end"};
  }
}

}  // namespace

void run_source(const source_options& options) {
  const auto content = memory_file(options.chunk);
  std::vector<descriptor> connections;
  if (options.connect) {
    for (int i = 0; i < options.connections; ++i) connections.push_back(connect_to(*options.connect));
  } else {
    connections.emplace_back(check(::dup(STDOUT_FILENO), "dup stdout"));
  }
  if (options.wait_for_line && std::cin.get() == std::char_traits<char>::eof()) return;
  if (options.every.count() > 0) become_realtime();

  std::vector<std::exception_ptr> failures(connections.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < connections.size(); ++i) {
    threads.emplace_back([&, &failure = failures[i], &connection = connections[i]] {
      try {
        run_stream(options, stream{options, content, connection});
        connection = descriptor{};
      } catch (...) {
        failure = std::current_exception();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
}

}  // namespace mgc::bench
