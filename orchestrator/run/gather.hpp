#pragma once

// Several coroutines at once, and all their results. I/O ring.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace mgc::orchestrator {

// In the order of `work`, when the last one has ended. An exception from one is thrown here then. When this is cancelled, the
// others go on by themselves to their own ends: what they refer to must live as long.
template <class Value>
boost::asio::awaitable<std::vector<Value>> gather(std::vector<boost::asio::awaitable<Value>> work) {
  namespace asio = boost::asio;
  struct shared {
    explicit shared(const asio::any_io_executor& executor) : ended{executor} {}
    asio::steady_timer ended;
    std::vector<std::optional<Value>> values;
    std::size_t left = 0;
    std::exception_ptr failed;
  };
  const auto executor = co_await asio::this_coro::executor;
  const auto all = std::make_shared<shared>(executor);
  all->ended.expires_at(asio::steady_timer::time_point::max());
  all->left = work.size();
  all->values.resize(work.size());
  for (std::size_t index = 0; index < work.size(); ++index) {
    asio::co_spawn(executor, std::move(work[index]), [all, index](std::exception_ptr failed, Value value) {
      if (failed) {
        all->failed = failed;
      } else {
        all->values[index] = std::move(value);
      }
      if (--all->left == 0) all->ended.cancel();
    });
  }
  if (all->left > 0) {
    boost::system::error_code cancelled;
    co_await all->ended.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    if (all->left > 0) throw boost::system::system_error{asio::error::operation_aborted};
  }
  if (all->failed) std::rethrow_exception(all->failed);
  std::vector<Value> values;
  for (auto& value : all->values) values.push_back(std::move(*value));
  co_return values;
}

}  // namespace mgc::orchestrator
