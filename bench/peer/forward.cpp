#include "bench/peer/forward.hpp"

#include <sys/socket.h>

#include <exception>
#include <thread>

#include "bench/peer/arrivals.hpp"
#include "bench/peer/endpoint.hpp"

namespace mgc::bench {

void forward_both_ways(const relay_options& options, const forwarder& forward) {
  const auto client = accept_from(listen_on(options.listen));
  const auto server = connect_to(options.connect);

  // A direction that fails takes the other one with it: shutting both sockets down ends its blocking read.
  const auto run = [&](const descriptor& from, const descriptor& to, arrivals* seen,
                       std::exception_ptr& failure) {
    try {
      forward(from.get(), to.get(), seen);
      ::shutdown(to.get(), SHUT_WR);
    } catch (...) {
      failure = std::current_exception();
      ::shutdown(from.get(), SHUT_RDWR);
      ::shutdown(to.get(), SHUT_RDWR);
    }
  };
  arrivals seen;
  std::exception_ptr failures[2];
  std::thread back{[&] { run(server, client, nullptr, failures[1]); }};
  run(client, server, options.arrivals.empty() ? nullptr : &seen, failures[0]);
  back.join();
  for (const auto& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
  if (!options.arrivals.empty()) {
    seen.end("fin");
    write_arrivals(options.arrivals, {&seen});
  }
}

}  // namespace mgc::bench
