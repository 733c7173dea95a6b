#include "orchestrator/deploy/engine_client.hpp"

#include <fmt/format.h>

#include "orchestrator/config/bad_configuration.hpp"
#include "orchestrator/deploy/engine_connection.hpp"
#include "proxy/log_text.hpp"

namespace mgc::orchestrator {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using boost::system::error_code;
using boost::system::in_place_error;

// A slow registry, and the unpacking of a large layer, are silent for a while.
constexpr std::chrono::seconds pull_silence{300};

template <class Value>
engine_result<Value> failed_with(std::string why) {
  return {in_place_error, std::move(why)};
}

std::string encoded(std::string_view text) {
  std::string made;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          std::string_view{"-._~/:@"}.find(c) != std::string_view::npos;
    made += is_plain ? std::string{c} : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return made;
}

template <class Value>
engine_result<Value> refused(const http_response& answer) {
  return failed_with<Value>(engine_error(answer.body()));
}

}  // namespace

std::unique_ptr<ssl::context> make_engine_tls(const engine_tls_files& files) {
  std::vector<std::string> problems;
  const auto use = [&](std::string_view key, const std::string& file, auto load) {
    error_code failed;
    if (!file.empty()) load(failed);
    if (failed)
      problems.push_back(fmt::format("{}='{}': {}", key, proxy::for_log(file, 500), failed.message()));
  };
  auto made = std::make_unique<ssl::context>(ssl::context::tls_client);
  made->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  made->set_verify_mode(ssl::verify_peer);
  error_code no_authorities;  // then none is trusted
  if (files.ca.empty()) made->set_default_verify_paths(no_authorities);
  use("docker_tls_ca", files.ca, [&](auto& failed) { made->load_verify_file(files.ca, failed); });
  use("docker_tls_cert", files.certificate,
      [&](auto& failed) { made->use_certificate_chain_file(files.certificate, failed); });
  use("docker_tls_key", files.key,
      [&](auto& failed) { made->use_private_key_file(files.key, ssl::context::pem, failed); });
  if (!problems.empty()) throw bad_configuration{std::move(problems)};
  return made;
}

engine_client::engine_client(engine_endpoint endpoint, ssl::context* tls)
    : endpoint_{std::move(endpoint)}, tls_{tls} {}

http_request engine_client::make(http::verb method, std::string_view target, std::string body) const {
  // Nobody is asked for a version in the one that is not known yet.
  const auto path =
      api_ == api_version{} ? std::string{target} : fmt::format("/v{}{}", to_string(api_), target);
  http_request request{method, path, 11};
  request.set(http::field::host,
              endpoint_.transport == engine_transport::local ? "localhost" : endpoint_.host);
  request.set(http::field::user_agent, "mgc/" MGC_VERSION);
  if (!body.empty()) request.set(http::field::content_type, "application/json");
  request.keep_alive(false);
  request.body() = std::move(body);
  return request;
}

engine_client::promised<http_response> engine_client::get(std::string target) {
  auto connection = co_await connect_to_engine(endpoint_, tls_, patience_);
  if (!connection) co_return failed_with<http_response>(connection.error());
  auto request = make(http::verb::get, target, "");
  co_return co_await (*connection)->ask(std::move(request), most_engine_bytes);
}

engine_client::promised<http_response> engine_client::post(std::string target, std::string body) {
  auto connection = co_await connect_to_engine(endpoint_, tls_, patience_);
  if (!connection) co_return failed_with<http_response>(connection.error());
  auto request = make(http::verb::post, target, std::move(body));
  co_return co_await (*connection)->ask(std::move(request), most_engine_bytes);
}

engine_client::promised<engine_version> engine_client::version() {
  std::string target = "/version";
  const auto answer = co_await get(std::move(target));
  if (!answer) co_return failed_with<engine_version>(answer.error());
  if (answer->result_int() != 200) co_return refused<engine_version>(*answer);
  auto found = parse_engine_version(answer->body());
  if (!found) co_return found;
  const auto chosen = choose_api(*found);
  if (!chosen) co_return failed_with<engine_version>(chosen.error());
  api_ = *chosen;
  co_return found;
}

engine_client::promised<std::optional<found_image>> engine_client::image(std::string name) {
  using made = std::optional<found_image>;
  auto target = fmt::format("/images/{}/json", encoded(name));
  const auto answer = co_await get(std::move(target));
  if (!answer) co_return failed_with<made>(answer.error());
  if (answer->result_int() == 404) co_return made{};
  if (answer->result_int() != 200) co_return refused<made>(*answer);
  auto found = parse_image(answer->body());
  if (!found) co_return failed_with<made>(found.error());
  co_return made{std::move(*found)};
}

engine_client::promised<std::optional<found_container>> engine_client::container(std::string name) {
  using made = std::optional<found_container>;
  auto target = fmt::format("/containers/{}/json", encoded(name));
  const auto answer = co_await get(std::move(target));
  if (!answer) co_return failed_with<made>(answer.error());
  if (answer->result_int() == 404) co_return made{};
  if (answer->result_int() != 200) co_return refused<made>(*answer);
  auto found = parse_container(answer->body());
  if (!found) co_return failed_with<made>(found.error());
  co_return made{std::move(*found)};
}

engine_client::promised<nothing> engine_client::pull(std::string image, std::string login,
                                                     std::function<void(pull_stream::progress)> progress) {
  const auto name = split_image_name(image);
  auto connection = co_await connect_to_engine(endpoint_, tls_, patience_);
  if (!connection) co_return failed_with<nothing>(connection.error());
  auto request = make(
      http::verb::post,
      fmt::format("/images/create?fromImage={}&tag={}", encoded(name.repository), encoded(name.tag)), "");
  if (!login.empty()) request.set("X-Registry-Auth", login);
  pull_stream words;
  std::function<bool(std::string_view)> take = [&](std::string_view bytes) {
    words.read(bytes);
    progress(words.downloaded());
    return words.problem().empty();
  };
  const auto answer =
      co_await (*connection)
          ->ask_for_stream(std::move(request), std::move(take), pull_silence, most_engine_bytes);
  if (!answer) co_return failed_with<nothing>(answer.error());
  if (answer->result_int() != 200) co_return refused<nothing>(*answer);
  words.end();
  if (!words.problem().empty()) co_return failed_with<nothing>(words.problem());
  co_return nothing{};
}

engine_client::promised<std::vector<std::string>> engine_client::create(const wanted_container& wanted) {
  using made = std::vector<std::string>;
  auto target = fmt::format("/containers/create?name={}", encoded(wanted.name));
  auto body = to_json(wanted);
  const auto answer = co_await post(std::move(target), std::move(body));
  if (!answer) co_return failed_with<made>(answer.error());
  if (answer->result_int() != 201) co_return refused<made>(*answer);
  co_return parse_created(answer->body());
}

engine_client::promised<nothing> engine_client::start(std::string container) {
  auto target = fmt::format("/containers/{}/start", encoded(container));
  std::string no_body;
  const auto answer = co_await post(std::move(target), std::move(no_body));
  if (!answer) co_return failed_with<nothing>(answer.error());
  const bool is_running = answer->result_int() == 204 || answer->result_int() == 304;
  if (!is_running) co_return refused<nothing>(*answer);
  co_return nothing{};
}

engine_client::promised<std::vector<std::string>> engine_client::last_log_lines(std::string container,
                                                                                unsigned most) {
  using made = std::vector<std::string>;
  auto target = fmt::format("/containers/{}/logs?stdout=1&stderr=1&tail={}", encoded(container), most);
  const auto answer = co_await get(std::move(target));
  if (!answer) co_return failed_with<made>(answer.error());
  if (answer->result_int() != 200) co_return refused<made>(*answer);
  co_return log_lines(answer->body(), most);
}

}  // namespace mgc::orchestrator
