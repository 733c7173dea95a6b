#include "orchestrator/peers/local_client.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/error.hpp>
#include <cstdlib>
#include <exception>

#include "orchestrator/peers/http_exchange.hpp"

namespace mgc::orchestrator {
namespace {

namespace asio = boost::asio;
namespace errc = boost::system::errc;
using asio::local::stream_protocol;
using boost::system::error_code;
using boost::system::in_place_error;
using local_result = boost::system::result<local_answer, not_answered>;

constexpr auto default_base = "/data/mariadb-galera";
constexpr std::size_t longest_answer = std::size_t{16} * 1024 * 1024;

not_answered not_connected(const std::string& path, const error_code& failed) {
  if (failed == errc::no_such_file_or_directory || failed == errc::not_a_directory) {
    return {true,
            fmt::format("there is no {}: 'mgc run' does not run here, or its run directory is another one "
                        "(--run-dir DIR)",
                        path)};
  }
  if (failed == asio::error::connection_refused) {
    return {true, fmt::format("nobody listens at {}: 'mgc run' is not running", path)};
  }
  if (failed == errc::permission_denied) {
    return {false, fmt::format("{}: {}; be root or the user of 'mgc run'", path, failed.message())};
  }
  return {false, fmt::format("{}: {}", path, failed.message())};
}

not_answered no_answer(const std::string& path, const error_code& failed) {
  if (failed == boost::beast::error::timeout) {
    return {false, fmt::format("'mgc run' at {} did not answer in time", path)};
  }
  if (failed == http::error::end_of_stream) {
    return {false, fmt::format("'mgc run' at {} closed the connection: be root or its user", path)};
  }
  return {false, fmt::format("'mgc run' at {} did not answer: {}", path, failed.message())};
}

asio::awaitable<local_result> ask(std::string path, std::string target, std::string body,
                                  std::chrono::milliseconds patience) {
  boost::beast::basic_stream<stream_protocol> stream{co_await asio::this_coro::executor};
  stream.expires_after(patience);
  const auto [refused] =
      co_await stream.async_connect(stream_protocol::endpoint{path}, asio::as_tuple(asio::use_awaitable));
  if (refused) co_return local_result{in_place_error, not_connected(path, refused)};
  http_request request{body.empty() ? http::verb::get : http::verb::post, target, 11};
  request.set(http::field::host, "localhost");
  request.keep_alive(false);
  request.body() = std::move(body);
  const auto done = co_await exchange(stream, std::move(request), longest_answer);
  if (!done) co_return local_result{in_place_error, no_answer(path, done.error())};
  co_return local_answer{done->response.result_int(), done->response.body()};
}

}  // namespace

std::string local_socket(const std::string& run_directory) { return run_directory + "/mgc.sock"; }

std::string find_run_directory(const std::string& named) {
  if (!named.empty()) return named;
  const auto* const base = std::getenv("base_dir");  // NOLINT(concurrency-mt-unsafe): one thread
  return std::string{base != nullptr && *base != '\0' ? base : default_base} + "/run";
}

local_result ask_locally(const std::string& run_directory, std::string_view target, std::string_view body,
                         std::chrono::milliseconds patience) {
  const auto path = local_socket(run_directory);
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return {in_place_error, not_answered{true, fmt::format("{} is too long for the name of a socket", path)}};
  }
  asio::io_context context;
  local_result answer{in_place_error, not_answered{}};
  asio::co_spawn(context, ask(path, std::string{target}, std::string{body}, patience),
                 [&](std::exception_ptr broken, local_result made) {
                   if (broken) std::rethrow_exception(broken);
                   answer = std::move(made);
                 });
  context.run();
  return answer;
}

}  // namespace mgc::orchestrator
