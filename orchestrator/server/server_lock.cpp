#include "orchestrator/server/server_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>

namespace mgc::orchestrator {
namespace {

using namespace std::chrono_literals;

std::string lock_file(const std::string& directory) { return directory + "/server.lock"; }

std::string first_line(const std::string& path) {
  std::ifstream file{path};
  std::string line;
  std::getline(file, line);
  return line;
}

// As the file names them; it may be that nobody has written it yet.
std::string holder(const std::string& directory) {
  const auto pid = std::atoi(first_line(lock_file(directory)).c_str());
  const auto name = pid > 0 ? first_line(fmt::format("/proc/{}/comm", pid)) : std::string{};
  return name.empty() ? "another process" : fmt::format("process {} ({})", pid, name);
}

}  // namespace

proxy::result<std::optional<server_lock>> server_lock::take(const std::string& lock_directory) {
  constexpr mode_t mode = 0644;
  shaper::file_descriptor file{
      ::open(lock_file(lock_directory).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode)};
  if (!file) return proxy::last_error();
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return std::optional<server_lock>{};
    return proxy::last_error();
  }
  server_lock taken{std::move(file)};
  taken.name_holder(::getpid());
  return std::optional<server_lock>{std::move(taken)};
}

boost::asio::awaitable<proxy::result<server_lock>> server_lock::wait_for(
    std::string lock_directory, std::function<void(const std::string& who)> waiting) {
  constexpr auto again = 200ms;
  constexpr unsigned looks_between_words = 50;
  boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor};
  for (unsigned looked = 0;; ++looked) {
    auto taken = take(lock_directory);
    if (!taken) co_return taken.error();
    if (*taken) co_return std::move(**taken);
    if (looked % looks_between_words == 0) waiting(holder(lock_directory));
    timer.expires_after(again);
    co_await timer.async_wait(boost::asio::use_awaitable);
  }
}

void server_lock::name_holder(int pid) const {
  const auto text = fmt::format("{}\n", pid);
  if (::ftruncate(file_.get(), 0) == 0) [[maybe_unused]]
    const auto ignored = ::pwrite(file_.get(), text.data(), text.size(), 0);
}

}  // namespace mgc::orchestrator
