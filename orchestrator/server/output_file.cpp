#include "orchestrator/server/output_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "orchestrator/server/text_lines.hpp"
#include "proxy/error.hpp"

namespace mgc::orchestrator {
namespace {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;

constexpr long most_text = 256 * 1024;

asio::awaitable<void> tell_every_now_and_then(const output_file& said, const std::string& doing) {
  constexpr std::chrono::seconds interval{10};
  const auto began = std::chrono::steady_clock::now();
  asio::steady_timer timer{co_await asio::this_coro::executor, began};
  for (;;) {
    timer.expires_at(timer.expiry() + interval);
    co_await timer.async_wait(asio::use_awaitable);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timer.expiry() - began);
    const auto line = last_lines(said.text(), 1);
    const auto begin = line.find_first_not_of(" \n");
    spdlog::info("{}: for {} s now{}", doing, seconds.count(),
                 begin == std::string::npos ? "" : ": " + line.substr(begin));
  }
}

}  // namespace

output_file::output_file(std::string path) : path_{std::move(path)} {
  constexpr mode_t mode = 0640;
  file_ = shaper::file_descriptor{
      ::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, mode)};
  if (!file_) problem_ = fmt::format("{} cannot be written: {}", path_, proxy::last_error().message());
}

std::string output_file::text() const {
  const long end = ::lseek(file_.get(), 0, SEEK_END);
  const long begin = std::max(part_, end - most_text);
  std::string found(static_cast<std::size_t>(std::max(0L, end - begin)), '\0');
  const auto got = ::pread(file_.get(), found.data(), found.size(), begin);
  found.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return found;
}

void output_file::begin_part() { part_ = std::max(0L, ::lseek(file_.get(), 0, SEEK_END)); }

asio::awaitable<proxy::exit_status> end_with_words(running_child& child, const output_file& said,
                                                   std::string doing) {
  co_await (child.ended() || tell_every_now_and_then(said, doing));
  co_return *child.status();
}

}  // namespace mgc::orchestrator
