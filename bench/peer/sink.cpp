#include "bench/peer/sink.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "bench/peer/arrivals.hpp"
#include "bench/peer/endpoint.hpp"
#include "bench/peer/priority.hpp"

namespace mgc::bench {
namespace {

constexpr std::size_t largest_take = 16 << 20;

// Where bytes come from, and how to get rid of those that are there. `take` never blocks; -1 and errno as
// usual.
class flow {
 public:
  flow(descriptor in, std::chrono::nanoseconds bin_width) : seen{bin_width}, in_{std::move(in)} {}
  virtual ~flow() = default;
  virtual ssize_t take() = 0;

  int number() const { return in_.get(); }
  void close() { in_ = descriptor{}; }
  arrivals seen;

 private:
  descriptor in_;
};

class tcp_flow final : public flow {
 public:
  using flow::flow;
  ssize_t take() override { return ::recv(number(), nullptr, largest_take, MSG_TRUNC | MSG_DONTWAIT); }
};

class pipe_flow final : public flow {
 public:
  using flow::flow;
  ssize_t take() override {
    return ::splice(number(), nullptr, null_.get(), nullptr, largest_take, SPLICE_F_NONBLOCK);
  }

 private:
  descriptor null_{check(::open("/dev/null", O_WRONLY | O_CLOEXEC), "open /dev/null")};
};

class sink {
 public:
  explicit sink(const sink_options& options) : options_{options} {
    if (options.listen) {
      listener_ = listen_on(*options.listen);
      watch(listener_.get(), nullptr);
      to_accept_ = options.connections;
    } else {
      add(std::make_unique<pipe_flow>(descriptor{check(::dup(STDIN_FILENO), "dup stdin")},
                                      options.bin_width));
    }
  }

  void run() {
    while ((to_accept_ > 0 || open_ > 0) && time_left() != 0) {
      epoll_event events[64];
      const int count = ::epoll_wait(epoll_.get(), events, std::size(events), time_left());
      if (count == -1 && errno == EINTR) continue;
      check(count, "epoll_wait");
      for (int i = 0; i < count; ++i) {
        auto* const ready = static_cast<flow*>(events[i].data.ptr);
        ready != nullptr ? read(*ready) : accept();
      }
    }
    std::vector<const arrivals*> all;
    for (const auto& each : flows_) all.push_back(&each->seen);
    write_arrivals(options_.arrivals, all);
  }

 private:
  void watch(int number, flow* owner) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = owner;
    check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, number, &event), "epoll_ctl");
  }

  void add(std::unique_ptr<flow> added) {
    watch(added->number(), added.get());
    flows_.push_back(std::move(added));
    ++open_;
  }

  void accept() {
    add(std::make_unique<tcp_flow>(accept_from(listener_), options_.bin_width));
    if (--to_accept_ == 0) listener_ = descriptor{};
  }

  void read(flow& from) {
    const auto taken = from.take();
    const auto now = monotonic_now();
    if (taken > 0) {
      if (started_ == 0) started_ = now;
      from.seen.record(now, static_cast<std::uint64_t>(taken));
    } else if (taken == 0 || errno == ECONNRESET) {
      from.seen.end(taken == 0 ? "fin" : "reset");
      from.close();
      --open_;
    } else if (errno != EAGAIN) {
      check(taken, "read");
    }
  }

  // Milliseconds for epoll_wait: -1 without an end, 0 when it has come.
  int time_left() const {
    if (options_.duration.count() == 0 || started_ == 0) return -1;
    const auto passed = (monotonic_now() - started_) / 1'000'000;
    return static_cast<int>(
        std::max<std::int64_t>(0, std::chrono::milliseconds{options_.duration}.count() - passed));
  }

  const sink_options& options_;
  descriptor epoll_{check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")};
  descriptor listener_;
  std::vector<std::unique_ptr<flow>> flows_;  // in the order of arrival
  int to_accept_ = 0;
  int open_ = 0;
  std::int64_t started_ = 0;  // first byte of any flow, nanoseconds
};

}  // namespace

void run_sink(const sink_options& options) {
  if (options.realtime) become_realtime();
  sink{options}.run();
}

}  // namespace mgc::bench
