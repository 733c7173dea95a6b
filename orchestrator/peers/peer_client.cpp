#include "orchestrator/peers/peer_client.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <list>
#include <map>
#include <optional>
#include <utility>

#include "orchestrator/election/random_id.hpp"
#include "orchestrator/peers/http_exchange.hpp"
#include "orchestrator/peers/json_reader.hpp"
#include "orchestrator/peers/peer_codec.hpp"
#include "orchestrator/peers/peer_proof.hpp"
#include "proxy/log_text.hpp"
#include "shaper/endpoint.hpp"

namespace mgc::orchestrator {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using boost::system::in_place_error;
using clock = std::chrono::steady_clock;

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds kept_for{60};  // less than a listener's patience

template <class Value>
peer_result<Value> failed_with(std::string why) {
  return {in_place_error, std::move(why)};
}

// Nothing has come on it, and the other side has not closed it.
bool is_quiet(tcp::socket& socket) {
  char byte = 0;
  const auto seen = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return seen < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

// What a refusal says: "error" and "refusal". Empty where it is none of ours.
struct refused {
  std::string why;
  std::string reason;
};
refused parse_refusal(const std::string& body) {
  const auto read = read_json(body, most_message_bytes, [](json_reader in) {
    refused made;
    in.read("error", made.why, 4096);
    if (in.members().contains("refusal")) in.read("refusal", made.reason, 64);
    return made;
  });
  return read ? *read : refused{};
}

std::string not_connected(const error_code& failed, std::uint16_t port) {
  if (failed == asio::error::connection_refused)
    return "nobody listens there: is 'mgc run' up, with the same peer_port?";
  if (failed == beast::error::timeout) {
    return fmt::format("no connection in time: is it up, and does a firewall let TCP port {} through?", port);
  }
  return fmt::format("no connection: {}", failed.message());
}

std::string not_answered_text(const error_code& failed) {
  if (failed == beast::error::timeout) return "it took the connection and did not answer in time";
  if (failed == http::error::end_of_stream || failed == http::error::partial_message ||
      failed == asio::error::connection_reset || failed == asio::error::broken_pipe) {
    return "it closed the connection without an answer";
  }
  if (failed == http::error::body_limit || failed == http::error::header_limit)
    return "its answer is too long";
  if (failed == asio::error::operation_aborted || failed == asio::error::bad_descriptor)
    return "we are stopping";
  return fmt::format("its answer cannot be read ({}): is it an mgc?", failed.message());
}

}  // namespace

class peer_client::connections : public std::enable_shared_from_this<connections> {
 public:
  connections(asio::io_context& context, const node_settings& settings) : context_{context} {
    error_code not_numeric;
    own_ = asio::ip::make_address(settings.address, not_numeric);
    if (not_numeric) own_.reset();
    if (!settings.cluster_secret.empty()) key_.emplace(settings.cluster_secret);
    for (const auto& node : settings.nodes) {
      peers_[node.number].where = {node.address, settings.ports.peer};
    }
  }

  void close() {
    closed_ = true;
    for (auto& [number, one] : peers_) one.idle.reset();
    for (auto* const stream : busy_) stream->close();
  }

  // The body of a proved answer with status 200. Static: it keeps itself alive.
  static asio::awaitable<peer_result<std::string>> ask(std::shared_ptr<connections> self, node_number who,
                                                       http::verb method, std::string target,
                                                       std::string body, deadline until) {
    const auto found = self->peers_.find(who);
    if (found == self->peers_.end())
      co_return failed_with<std::string>(fmt::format("node{} is not configured", who));
    auto& other = found->second;
    const auto name = fmt::format("node{} ({})", who, to_string(other.where));
    const auto complain = [&](std::string_view why) {
      return failed_with<std::string>(fmt::format("{}: {}", name, why));
    };
    for (bool again = false;; again = true) {
      if (self->closed_) co_return complain("we are stopping");
      if (clock::now() >= until) co_return complain("there is no time left to ask it");
      const auto request = self->make(other, method, target, body);
      auto answer = co_await self->exchange_with(other, request.message, until);
      if (!answer) co_return complain(answer.error());
      const auto problem = self->problem_with(*answer, request, other);
      if (!problem)
        co_return peer_result<std::string>{boost::system::in_place_value, std::move(answer->body())};
      if (!problem->empty()) co_return complain(*problem);
      if (again) co_return complain("it changes its challenge with each request");
    }
  }

 private:
  struct peer {
    shaper::endpoint where;
    std::string challenge;  // its present one, as far as we know
    std::optional<beast::tcp_stream> idle;
    clock::time_point idle_since;
  };

  struct proved_request {
    http_request message;
    std::string proof;
  };

  proved_request make(const peer& other, http::verb method, const std::string& target,
                      const std::string& body) const {
    http_request message{method, target, 11};
    message.set(http::field::host, to_string(other.where));
    if (!body.empty()) message.set(http::field::content_type, "application/json");
    message.body() = body;
    if (!key_) return {std::move(message), ""};
    request_proof proof{
        .method = std::string{view(http::to_string(method))},
        .target = target,
        .challenge = other.challenge,
        .time = to_proof_time(std::chrono::system_clock::now()),
        .nonce = random_id(),
        .proof = "",
    };
    proof.proof = proof.sign(*key_, body);
    set_field(message, challenge_field, proof.challenge);
    set_field(message, time_field, proof.time);
    set_field(message, nonce_field, proof.nonce);
    set_field(message, proof_field, proof.proof);
    return {std::move(message), proof.proof};
  }

  // Unset: nothing. Empty: it wants another challenge, which is noted.
  std::optional<std::string> problem_with(const http_response& answer, const proved_request& asked,
                                          peer& other) const {
    const auto refusal = answer.result_int() == 200 ? refused{} : parse_refusal(answer.body());
    if (key_) {
      const answer_proof proof{answer.result_int(), field(answer, challenge_field), field(answer, time_field),
                               asked.proof};
      if (!equal_proofs(sign_answer(*key_, proof, answer.body()), field(answer, proof_field))) {
        return not_proved(answer, refusal);
      }
      if (refusal.reason == "challenge") {
        other.challenge = proof.challenge;
        return "";
      }
      const auto theirs = parse_proof_time(proof.time);
      if (refusal.reason == "clock" && theirs) {
        return fmt::format("{}, more than the {} s that are allowed: set both right",
                           clock_difference(*theirs, std::chrono::system_clock::now()), proof_window.count());
      }
    }
    if (answer.result_int() == 200) return std::nullopt;
    if (refusal.why.empty())
      return fmt::format("it answers with HTTP status {}: is it an mgc?", answer.result_int());
    return fmt::format("it refuses: {}", proxy::for_log(refusal.why));
  }

  static std::string not_proved(const http_response& answer, const refused& refusal) {
    if (refusal.reason == "no_secret")
      return "it has no cluster_secret, and we have one: give all nodes the same";
    if (field(answer, proof_field).empty()) {
      return fmt::format(
          "it proves no cluster_secret (HTTP status {}), and we have one: is it an mgc of this cluster?",
          answer.result_int());
    }
    return "it does not know our cluster_secret: give all nodes the same";
  }

  asio::awaitable<peer_result<http_response>> exchange_with(peer& other, http_request message,
                                                            deadline until) {
    auto stream = take_idle(other);
    if (!stream) stream.emplace(context_);
    const busy_entry counted{busy_, *stream};
    stream->expires_at(until);
    if (!stream->socket().is_open()) {
      const auto problem = co_await connect(*stream, other.where);
      if (!problem.empty()) co_return failed_with<http_response>(problem);
    }
    auto done = co_await exchange(*stream, std::move(message), most_message_bytes);
    if (!done) co_return failed_with<http_response>(not_answered_text(done.error()));
    if (done->may_be_kept && !closed_) {
      stream->expires_never();
      other.idle.emplace(std::move(*stream));
      other.idle_since = clock::now();
    }
    co_return std::move(done->response);
  }

  std::optional<beast::tcp_stream> take_idle(peer& other) const {
    auto stream = std::exchange(other.idle, std::nullopt);
    if (!stream || other.idle_since + kept_for < clock::now() || !is_quiet(stream->socket()))
      return std::nullopt;
    return stream;
  }

  // Empty: it is there.
  asio::awaitable<std::string> connect(beast::tcp_stream& stream, const shaper::endpoint& where) {
    error_code failed;
    const tcp::endpoint there{asio::ip::make_address(where.host, failed), where.port};
    if (failed) co_return fmt::format("'{}' is no numeric address", where.host);
    auto& socket = stream.socket();
    socket.open(there.protocol(), failed);
    if (failed) co_return fmt::format("no socket: {}", failed.message());
    (void)::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
    socket.set_option(tcp::no_delay{true}, failed);
    if (own_ && own_->is_v4() == there.address().is_v4()) {
      socket.bind({*own_, 0}, failed);
      if (failed) {
        co_return fmt::format("no connection from our own address {}: {}", own_->to_string(),
                              failed.message());
      }
    }
    const auto [refused] = co_await stream.async_connect(there, no_throw);
    co_return refused ? not_connected(refused, where.port) : "";
  }

  // What close() has to close.
  struct busy_entry {
    busy_entry(std::list<beast::tcp_stream*>& streams, beast::tcp_stream& stream)
        : all{streams}, mine{streams.insert(streams.end(), &stream)} {}
    busy_entry(const busy_entry&) = delete;
    ~busy_entry() { all.erase(mine); }
    std::list<beast::tcp_stream*>& all;
    std::list<beast::tcp_stream*>::iterator mine;
  };

  asio::io_context& context_;
  std::optional<asio::ip::address> own_;
  std::optional<proof_key> key_;
  std::map<node_number, peer> peers_;
  std::list<beast::tcp_stream*> busy_;
  bool closed_ = false;
};

peer_client::peer_client(asio::io_context& context, const node_settings& settings)
    : connections_{std::make_shared<connections>(context, settings)} {}

peer_client::~peer_client() { close(); }

void peer_client::close() { connections_->close(); }

namespace {

template <class Message>
peer_result<Message> read_with(parsed<Message> (*parse)(std::string_view),
                               const peer_result<std::string>& body, node_number who) {
  if (!body) return failed_with<Message>(body.error());
  auto message = parse(*body);
  if (!message) return failed_with<Message>(fmt::format("node{}: its answer: {}", who, message.error()));
  return message;
}

}  // namespace

asio::awaitable<peer_result<peer_answer>> peer_client::ask(node_number who, peer_request request,
                                                           deadline until) {
  auto asked = connections::ask(connections_, who, http::verb::post, "/v1/request", to_json(request), until);
  const auto body = co_await std::move(asked);
  co_return read_with(parse_peer_answer, body, who);
}

asio::awaitable<peer_result<node_report>> peer_client::report(node_number who, deadline until) {
  auto asked = connections::ask(connections_, who, http::verb::get, "/v1/report", "", until);
  const auto body = co_await std::move(asked);
  co_return read_with(parse_node_report, body, who);
}

}  // namespace mgc::orchestrator
