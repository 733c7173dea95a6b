#include "orchestrator/deploy/engine_connection.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>

#include "orchestrator/peers/http_exchange.hpp"
#include "proxy/log_text.hpp"

namespace mgc::orchestrator {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using boost::system::in_place_error;
using connected = engine_result<std::unique_ptr<engine_connection>>;
using local_stream = beast::basic_stream<asio::local::stream_protocol>;
using tls_stream = asio::ssl::stream<beast::tcp_stream>;

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t piece_bytes = std::size_t{16} * 1024;
constexpr std::uint32_t longest_head = std::uint32_t{8} * 1024;

std::string not_connected(const engine_endpoint& where, const error_code& failed) {
  if (failed == asio::error::connection_refused) {
    return where.transport == engine_transport::local
               ? "nobody listens at that socket: does dockerd run?"
               : "nobody listens there: does dockerd run, and with -H " + to_string(where) + "?";
  }
  if (failed == beast::error::timeout)
    return fmt::format("no connection in time: is the host up, and does a firewall let TCP port {} through?",
                       where.port);
  return fmt::format("no connection: {}", failed.message());
}

std::string not_answered(const error_code& failed) {
  if (failed == beast::error::timeout) return "it took the request and did not answer in time";
  if (failed == http::error::end_of_stream || failed == http::error::partial_message ||
      failed == asio::error::connection_reset || failed == asio::error::broken_pipe ||
      failed == asio::ssl::error::stream_truncated) {
    return "it closed the connection without an answer: does it want TLS (https://...), or another "
           "certificate?";
  }
  if (failed == http::error::body_limit || failed == http::error::header_limit)
    return "its answer is too long";
  if (failed.category() == asio::error::get_ssl_category())
    return fmt::format("it ended TLS: {}; is docker_tls_cert one that it takes?", failed.message());
  return fmt::format("its answer cannot be read ({}): is it a Docker Engine?", failed.message());
}

template <class Stream>
class typed_connection final : public engine_connection {
 public:
  explicit typed_connection(Stream stream) : stream_{std::move(stream)} {}

  Stream& stream() { return stream_; }

  asio::awaitable<engine_result<http_response>> ask(http_request request, std::size_t most) override {
    auto done = co_await exchange(stream_, std::move(request), most);
    if (!done) co_return engine_result<http_response>{in_place_error, not_answered(done.error())};
    co_return std::move(done->response);
  }

  asio::awaitable<engine_result<http_response>> ask_for_stream(http_request request,
                                                               std::function<bool(std::string_view)> take,
                                                               std::chrono::seconds silence,
                                                               std::size_t most) override {
    const auto failed_with = [](const error_code& failed) {
      return engine_result<http_response>{in_place_error, not_answered(failed)};
    };
    auto& lowest = beast::get_lowest_layer(stream_);
    lowest.expires_after(silence);
    request.prepare_payload();
    const auto [not_sent, sent] = co_await http::async_write(stream_, request, no_throw);
    if (not_sent) co_return failed_with(not_sent);
    beast::flat_buffer buffer{longest_head + piece_bytes};
    http::response_parser<http::buffer_body> parser;
    parser.header_limit(longest_head);
    parser.body_limit(boost::none);
    const auto [no_head, head] = co_await http::async_read_header(stream_, buffer, parser, no_throw);
    if (no_head) co_return failed_with(no_head);
    http_response answer{parser.get().result(), 11};
    const bool is_good = answer.result() == http::status::ok;
    std::array<char, piece_bytes> piece{};
    while (!parser.is_done()) {
      parser.get().body().data = piece.data();
      parser.get().body().size = piece.size();
      parser.get().body().more = true;
      lowest.expires_after(silence);
      const auto [failed, size] = co_await http::async_read_some(stream_, buffer, parser, no_throw);
      if (failed && failed != http::error::need_buffer) co_return failed_with(failed);
      const std::string_view text{piece.data(), piece.size() - parser.get().body().size};
      if (is_good) {
        if (!take(text)) break;
      } else if (answer.body().size() + text.size() <= most) {
        answer.body() += text;
      } else {
        co_return failed_with(http::error::body_limit);
      }
    }
    co_return answer;
  }

 private:
  Stream stream_;
};

// Every address of the host is tried.
asio::awaitable<engine_result<nothing>> connect(beast::tcp_stream& stream, const engine_endpoint& where) {
  tcp::resolver resolver{co_await asio::this_coro::executor};
  const auto [unknown, addresses] =
      co_await resolver.async_resolve(where.host, std::to_string(where.port), no_throw);
  if (unknown) {
    co_return engine_result<nothing>{
        in_place_error,
        fmt::format("no address is known for '{}': {}", proxy::for_log(where.host, 200), unknown.message())};
  }
  const auto [failed, endpoint] = co_await stream.async_connect(addresses, no_throw);
  if (failed) co_return engine_result<nothing>{in_place_error, not_connected(where, failed)};
  co_return nothing{};
}

std::string no_tls(tls_stream& stream, const error_code& failed) {
  const auto verified = ::SSL_get_verify_result(stream.native_handle());
  if (verified != X509_V_OK) {
    return fmt::format(
        "its certificate is not trusted: {}; is docker_tls_ca its authority, and the certificate for this "
        "host?",
        ::X509_verify_cert_error_string(verified));
  }
  if (failed == beast::error::timeout) return "it took the connection and did not begin TLS in time";
  return fmt::format("no TLS with it: {}; is the engine's port one of TLS (--tlsverify)?", failed.message());
}

asio::awaitable<connected> connect_with_tls(const engine_endpoint& where, asio::ssl::context& tls,
                                            std::chrono::seconds patience) {
  const auto executor = co_await asio::this_coro::executor;
  auto made = std::make_unique<typed_connection<tls_stream>>(tls_stream{beast::tcp_stream{executor}, tls});
  auto& stream = made->stream();
  auto& lowest = beast::get_lowest_layer(stream);
  lowest.expires_after(patience);
  const auto reached = co_await connect(lowest, where);
  if (!reached) co_return connected{in_place_error, reached.error()};
  stream.set_verify_callback(asio::ssl::host_name_verification{where.host});
  error_code is_name;
  (void)asio::ip::make_address(where.host, is_name);
  if (is_name) (void)SSL_set_tlsext_host_name(stream.native_handle(), where.host.c_str());
  const auto [failed] = co_await stream.async_handshake(asio::ssl::stream_base::client, no_throw);
  if (failed) co_return connected{in_place_error, no_tls(stream, failed)};
  co_return connected{std::move(made)};
}

asio::awaitable<connected> connect_plainly(const engine_endpoint& where, std::chrono::seconds patience) {
  const auto executor = co_await asio::this_coro::executor;
  auto made = std::make_unique<typed_connection<beast::tcp_stream>>(beast::tcp_stream{executor});
  made->stream().expires_after(patience);
  const auto reached = co_await connect(made->stream(), where);
  if (!reached) co_return connected{in_place_error, reached.error()};
  co_return connected{std::move(made)};
}

asio::awaitable<connected> connect_locally(const engine_endpoint& where, std::chrono::seconds patience) {
  const auto executor = co_await asio::this_coro::executor;
  auto made = std::make_unique<typed_connection<local_stream>>(local_stream{executor});
  made->stream().expires_after(patience);
  const asio::local::stream_protocol::endpoint socket{where.path};
  const auto [failed] = co_await made->stream().async_connect(socket, no_throw);
  if (failed) co_return connected{in_place_error, not_connected(where, failed)};
  co_return connected{std::move(made)};
}

}  // namespace

asio::awaitable<connected> connect_to_engine(engine_endpoint where, asio::ssl::context* tls,
                                             std::chrono::seconds patience) {
  switch (where.transport) {
    case engine_transport::tcp: co_return co_await connect_plainly(where, patience);
    case engine_transport::local: co_return co_await connect_locally(where, patience);
    case engine_transport::tls: break;
  }
  co_return co_await connect_with_tls(where, *tls, patience);
}

}  // namespace mgc::orchestrator
