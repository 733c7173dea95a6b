#include "orchestrator/peers/peer_routes.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <exception>

#include "orchestrator/election/random_id.hpp"
#include "orchestrator/peers/json_reader.hpp"
#include "orchestrator/peers/local_address.hpp"
#include "orchestrator/peers/peer_codec.hpp"
#include "proxy/log_text.hpp"

namespace mgc::orchestrator {
namespace {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

constexpr std::chrono::minutes one_denial_logged_each{1};
constexpr std::size_t most_denials_remembered = 256;

http_response made(http::status status, std::string body, std::string_view type = "application/json") {
  http_response response{status, 11};
  set_field(response, "Content-Type", type);
  set_field(response, "Cache-Control", "no-store");
  response.body() = std::move(body);
  return response;
}

request_proof proof_of(const http_request& request) {
  return {
      .method = std::string{view(request.method_string())},
      .target = std::string{view(request.target())},
      .challenge = field(request, challenge_field),
      .time = field(request, time_field),
      .nonce = field(request, nonce_field),
      .proof = field(request, proof_field),
  };
}

http_response health_answer(bool good, const node_health& health) {
  return made(good ? http::status::ok : http::status::service_unavailable, to_json(health));
}

}  // namespace

http_response error_response(http::status status, std::string_view why) {
  return made(status, boost::json::serialize(boost::json::object{{"error", fit_for_json(why, 4096)}}) + "\n");
}

enum class audience { everybody, onlookers, peers, operators };

struct peer_routes::route {
  std::string_view target;
  http::verb method;
  audience whom;
  asio::awaitable<http_response> (peer_routes::*answer)(const http_request&, const caller&);
};

peer_routes::peer_routes(const node_settings& settings, node_face& face)
    : face_{face}, keeper_{settings, is_address_of_this_machine, random_id} {}

asio::awaitable<routed> peer_routes::answer(http_request request, caller who) {
  static constexpr std::array routes{
      route{"/v1/request", http::verb::post, audience::peers, &peer_routes::request},
      route{"/v1/report", http::verb::get, audience::peers, &peer_routes::report},
      route{"/v1/status", http::verb::get, audience::onlookers, &peer_routes::status},
      route{"/healthz", http::verb::get, audience::everybody, &peer_routes::healthz},
      route{"/readyz", http::verb::get, audience::everybody, &peer_routes::readyz},
      route{"/metrics", http::verb::get, audience::everybody, &peer_routes::metrics},
      route{"/v1/admin/bootstrap", http::verb::post, audience::operators, &peer_routes::bootstrap},
  };
  const auto target = view(request.target());
  const auto* const found =
      std::find_if(routes.begin(), routes.end(), [&](const route& one) { return one.target == target; });
  if (found == routes.end()) {
    co_return routed{error_response(http::status::not_found, "there is no such thing here")};
  }
  if (request.method() != found->method) {
    co_return routed{error_response(
        http::status::method_not_allowed,
        fmt::format("{} is to be asked with {}", found->target, view(http::to_string(found->method))))};
  }
  const auto now = std::chrono::system_clock::now();
  std::optional<denial> refused;
  switch (found->whom) {
    case audience::everybody: break;
    case audience::onlookers: refused = keeper_.may_look(who, proof_of(request), request.body(), now); break;
    case audience::peers: refused = keeper_.may_ask(who, proof_of(request), request.body(), now); break;
    case audience::operators:
      if (!who.at_socket)
        refused = denial{403, "", "operators' requests are taken at the socket mgc.sock of the node itself"};
  }
  routed done;
  if (refused) {
    done.response = denied(*refused, request, who);
  } else {
    done.proved = found->whom == audience::peers && keeper_.has_secret();
    std::string broken;
    try {
      done.response = co_await (this->*found->answer)(request, who);
    } catch (const std::exception& why) {
      broken = why.what();
    }
    if (!broken.empty()) {
      spdlog::error("{} of {} could not be answered: {}", found->target, to_string(who), broken);
      done.response =
          error_response(http::status::internal_server_error, "this node could not answer; its log says why");
    }
  }
  if (found->whom != audience::peers && found->whom != audience::onlookers) co_return done;
  if (const auto proof = keeper_.prove(done.response.result_int(), field(request, proof_field), now)) {
    set_field(done.response, challenge_field, proof->challenge);
    set_field(done.response, time_field, proof->time);
    set_field(done.response, proof_field, keeper_.sign(*proof, done.response.body()));
  }
  co_return done;
}

asio::awaitable<http_response> peer_routes::request(const http_request& request, const caller& who) {
  const auto asked = parse_peer_request(request.body());
  if (!asked) co_return error_response(http::status::bad_request, "the request: " + asked.error());
  if (const auto refused = keeper_.may_say(who, *asked)) co_return denied(*refused, request, who);
  const auto answer = co_await face_.answer(*asked);
  co_return made(http::status::ok, to_json(answer));
}

asio::awaitable<http_response> peer_routes::report(const http_request&, const caller&) {
  co_return made(http::status::ok, to_json(face_.report()));
}

asio::awaitable<http_response> peer_routes::status(const http_request&, const caller&) {
  co_return made(http::status::ok, to_json(face_.status()));
}

asio::awaitable<http_response> peer_routes::healthz(const http_request&, const caller&) {
  const auto health = face_.health();
  co_return health_answer(health.live, health);
}

asio::awaitable<http_response> peer_routes::readyz(const http_request&, const caller&) {
  const auto health = face_.health();
  co_return health_answer(health.ready, health);
}

asio::awaitable<http_response> peer_routes::metrics(const http_request&, const caller&) {
  co_return made(http::status::ok, prometheus_text(face_.metrics()), prometheus_content_type);
}

asio::awaitable<http_response> peer_routes::bootstrap(const http_request& request, const caller&) {
  const auto really = read_json(request.body(), request.body().size(), [](json_reader in) {
    bool value = false;
    in.read("really", value);
    return value;
  });
  if (!really) co_return error_response(http::status::bad_request, "the request: " + really.error());
  const auto answer = co_await face_.force_bootstrap(*really);
  co_return made(http::status::ok, to_json(answer));
}

http_response peer_routes::denied(const denial& why, const http_request& request, const caller& who) {
  log_denial(why, std::string{view(request.target())}, who);
  boost::json::object body{{"error", fit_for_json(why.why, 4096)}};
  if (!why.reason.empty()) body["refusal"] = why.reason;
  return made(http::int_to_status(why.status), boost::json::serialize(body) + "\n");
}

// Each reason once in a while for each address: who asks all the time must not fill the log.
void peer_routes::log_denial(const denial& why, const std::string& target, const caller& who) {
  if (why.reason == "challenge") return;
  const auto now = clock::now();
  std::erase_if(logged_, [&](const auto& one) { return one.second + one_denial_logged_each < now; });
  const auto key = fmt::format("{} {}", to_string(who), why.reason);
  if (logged_.size() >= most_denials_remembered || !logged_.emplace(key, now).second) return;
  spdlog::warn("refused {} to {}: {}", proxy::for_log(target, 64), to_string(who), proxy::for_log(why.why));
}

}  // namespace mgc::orchestrator
