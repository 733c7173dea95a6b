// A stranger may connect as often as he likes, say nothing, dribble, or never take his answer. What bounds him: each step of a
// connection has one deadline that dribbling does not move (basic_stream's expiry, set once for each step), every buffer has a
// size, and a connection from somebody who counts for more takes the place of his (connection_table.hpp).

#include "orchestrator/peers/peer_server.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <optional>
#include <utility>

#include "orchestrator/peers/connection_table.hpp"
#include "orchestrator/peers/local_client.hpp"
#include "orchestrator/peers/peer_routes.hpp"
#include "proxy/bad_setting.hpp"

namespace mgc::orchestrator {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using asio::local::stream_protocol;
using boost::system::error_code;
using proxy::bad_setting;

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t longest_head = std::size_t{8} * 1024;
constexpr std::size_t longest_body = std::size_t{16} * 1024;
constexpr std::size_t read_at_once = 4096;
constexpr std::chrono::milliseconds accept_retry{100};

// Asio opens descriptors that the server's process would inherit.
template <class Socket>
void keep_from_children(Socket& socket) {
  (void)::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
}

tcp::acceptor listen_at(asio::io_context& context, const node_settings& settings) {
  error_code failed;
  const auto address = asio::ip::make_address(settings.address, failed);
  const tcp::endpoint endpoint{address, settings.ports.peer};
  tcp::acceptor acceptor{context};
  if (!failed) acceptor.open(endpoint.protocol(), failed);
  if (!failed) acceptor.set_option(tcp::acceptor::reuse_address{true}, failed);
  if (!failed) acceptor.bind(endpoint, failed);
  if (!failed) acceptor.listen(asio::socket_base::max_listen_connections, failed);
  if (failed) {
    throw bad_setting{
        fmt::format("cannot listen for other nodes at {} port {}: {}; set peer_port to a free port, the same "
                    "on all nodes, or "
                    "stop what uses it",
                    settings.address, settings.ports.peer, failed.message())};
  }
  keep_from_children(acceptor);
  return acceptor;
}

// What a killed mgc left behind goes; one that somebody listens at stays.
void make_way(asio::io_context& context, const stream_protocol::endpoint& at) {
  stream_protocol::socket probe{context};
  error_code failed;
  probe.connect(at, failed);
  if (!failed) {
    throw bad_setting{fmt::format(
        "another 'mgc run' listens at {}; stop it, or give this one a base_dir of its own", at.path())};
  }
  if (failed == asio::error::connection_refused) (void)::unlink(at.path().c_str());
}

// Nobody can connect before listen(), and then the mode is what it is to be.
stream_protocol::acceptor listen_at(asio::io_context& context, const std::string& path) {
  stream_protocol::acceptor acceptor{context};
  error_code failed;
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    throw bad_setting{
        fmt::format("the socket's name is too long for the system, {} bytes: {}; choose a shorter base_dir",
                    path.size(), path)};
  }
  const stream_protocol::endpoint endpoint{path};
  make_way(context, endpoint);
  acceptor.open(endpoint.protocol(), failed);
  if (!failed) acceptor.bind(endpoint, failed);
  if (!failed && ::chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0)
    failed.assign(errno, boost::system::system_category());
  if (!failed) acceptor.listen(asio::socket_base::max_listen_connections, failed);
  if (failed) throw bad_setting{fmt::format("cannot listen for operators at {}: {}", path, failed.message())};
  keep_from_children(acceptor);
  return acceptor;
}

caller who_is(const tcp::socket& socket) {
  error_code gone;
  const auto endpoint = socket.remote_endpoint(gone);
  return {false, plain_address(endpoint.address())};
}

caller who_is(const stream_protocol::socket&) { return {true, {}}; }

bool is_welcome(const tcp::socket&) { return true; }

bool is_welcome(stream_protocol::socket& socket) {
  ucred other{};
  socklen_t size = sizeof other;
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &other, &size) != 0) return false;
  return other.uid == 0 || other.uid == ::geteuid();
}

// What is told to somebody whose request could not be read; unset: nothing, he is gone or was too slow.
std::optional<http::status> answer_to(const error_code& failed) {
  if (failed == http::error::body_limit) return http::status::payload_too_large;
  if (failed == http::error::header_limit || failed == http::error::buffer_overflow) {
    return http::status::request_header_fields_too_large;
  }
  const bool is_of_http = failed.category() == make_error_code(http::error::end_of_stream).category();
  if (!is_of_http || failed == http::error::end_of_stream || failed == http::error::partial_message)
    return std::nullopt;
  return http::status::bad_request;
}

}  // namespace

class peer_server::doors : public std::enable_shared_from_this<doors> {
 public:
  doors(asio::io_context& context, const node_settings& settings, node_face& face, server_limits limits)
      : context_{context},
        limits_{limits},
        routes_{settings, face},
        table_{limits.connections, limits.connections_of_one} {
    if (!settings.address.empty()) network_.emplace(listen_at(context, settings));
    path_ = local_socket(settings.directories.run);
    operators_.emplace(listen_at(context, path_));
    if (!settings.cluster_secret.empty() || settings.nodes.size() < 2) return;
    spdlog::warn(
        "cluster_secret is not set: other nodes are known by their addresses alone; give all nodes the same "
        "secret, "
        "made with 'openssl rand -hex 32'");
  }

  void open() {
    if (network_) start(accept_all(*network_));
    start(accept_all(*operators_));
  }

  void close() {
    closed_ = true;
    error_code ignored;
    if (network_) network_->close(ignored);
    operators_->close(ignored);
    (void)::unlink(path_.c_str());
    table_.close_all();
  }

  std::uint16_t port() const { return network_ ? network_->local_endpoint().port() : std::uint16_t{0}; }

 private:
  // Each keeps this alive until it has ended.
  void start(asio::awaitable<void> work) {
    asio::co_spawn(context_, std::move(work), [self = shared_from_this()](std::exception_ptr broken) {
      if (!broken) return;
      try {
        std::rethrow_exception(broken);
      } catch (const std::exception& why) {
        spdlog::error("a connection of the peer port ended by a failure of this program: {}", why.what());
      }
    });
  }

  template <class Acceptor>
  asio::awaitable<void> accept_all(Acceptor& acceptor) {
    using protocol = typename Acceptor::protocol_type;
    asio::steady_timer pause{context_};
    bool complained = false;
    while (!closed_) {
      auto [failed, socket] = co_await acceptor.async_accept(no_throw);
      if (closed_) break;
      if (failed) {
        if (!std::exchange(complained, true)) {
          spdlog::error("cannot accept a connection at the peer port: {}; trying again", failed.message());
        }
        pause.expires_after(accept_retry);
        co_await pause.async_wait(no_throw);
        continue;
      }
      complained = false;
      keep_from_children(socket);
      if (is_welcome(socket)) start(serve<protocol>(beast::basic_stream<protocol>{std::move(socket)}));
    }
  }

  // One connection, from its first byte to its last.
  template <class Protocol>
  asio::awaitable<void> serve(beast::basic_stream<Protocol> stream) {
    const auto who = who_is(stream.socket());
    const auto counts_as = who.at_socket ? standing::proved : routes_.keeper().standing_of(who.address);
    const auto place = table_.admit({who, counts_as, [&stream] { stream.close(); }});
    if (!place) co_return;
    const struct guard {
      connection_table& table;
      connection_table::entry mine;
      ~guard() { table.leave(mine); }
    } leaves_at_the_end{table_, *place};
    co_await talk(stream, **place);
  }

  template <class Stream>
  asio::awaitable<void> talk(Stream& stream, open_connection& me) {
    beast::flat_buffer buffer{longest_head + longest_body};
    for (auto patience = limits_.to_say;; patience = limits_.to_idle) {
      if (buffer.size() == 0) {
        stream.expires_after(patience);
        const auto [failed, size] = co_await stream.async_read_some(buffer.prepare(read_at_once), no_throw);
        if (failed) co_return;
        buffer.commit(size);
      }
      http::request_parser<http::string_body> parser;
      parser.header_limit(longest_head);
      parser.body_limit(longest_body);
      stream.expires_after(limits_.to_say);
      const auto [failed, size] = co_await http::async_read(stream, buffer, parser, no_throw);
      if (const auto status = answer_to(failed)) {
        co_await say(stream, error_response(*status, "the request cannot be read: " + failed.message()),
                     false);
      }
      if (failed || closed_) co_return;
      const bool keep = parser.keep_alive();
      stream.expires_never();
      auto done = co_await routes_.answer(parser.release(), me.who);
      if (done.proved) me.counts_as = standing::proved;
      if (closed_ || !co_await say(stream, std::move(done.response), keep) || !keep) co_return;
    }
  }

  // False: it was not taken.
  template <class Stream>
  asio::awaitable<bool> say(Stream& stream, http_response response, bool keep) {
    response.keep_alive(keep);
    response.prepare_payload();
    stream.expires_after(limits_.to_say);
    const auto [failed, size] = co_await http::async_write(stream, response, no_throw);
    error_code ignored;
    if (!failed && !keep) stream.socket().shutdown(asio::socket_base::shutdown_send, ignored);
    co_return !failed;
  }

  asio::io_context& context_;
  server_limits limits_;
  peer_routes routes_;
  connection_table table_;
  std::optional<tcp::acceptor> network_;
  std::string path_;
  std::optional<stream_protocol::acceptor> operators_;
  bool closed_ = false;
};

peer_server::peer_server(asio::io_context& context, const node_settings& settings, node_face& face,
                         server_limits limits)
    : doors_{std::make_shared<doors>(context, settings, face, limits)} {
  doors_->open();
}

peer_server::~peer_server() { doors_->close(); }

std::uint16_t peer_server::port() const { return doors_->port(); }

}  // namespace mgc::orchestrator
