#pragma once

// One Docker Engine, asked over HTTP/1.1: tcp, TLS with certificates, or a unix socket. A connection for each request.
// Errors are for people: what failed and what to do; the host is the caller's to name. I/O ring; one thread.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "orchestrator/deploy/deploy_settings.hpp"
#include "orchestrator/deploy/engine_json.hpp"
#include "orchestrator/deploy/pull_stream.hpp"
#include "orchestrator/peers/http_message.hpp"

namespace mgc::orchestrator {

// The server must have a certificate of docker_tls_ca (without it, of an authority that this machine knows) for the host
// that was asked for. Throws bad_configuration for files that cannot be used.
std::unique_ptr<boost::asio::ssl::context> make_engine_tls(const engine_tls_files& files);

class engine_client {
 public:
  template <class Value>
  using promised = boost::asio::awaitable<engine_result<Value>>;

  // `tls` is needed for endpoints of TLS only; it must live as long as this.
  engine_client(engine_endpoint endpoint, boost::asio::ssl::context* tls);

  // How long each of the next requests may take; a pull may take longer as long as something comes.
  void set_patience(std::chrono::seconds patience) { patience_ = patience; }

  // To be asked first: all others are in the version that this finds.
  promised<engine_version> version();

  // Unset: there is none.
  promised<std::optional<found_image>> image(std::string name);
  promised<std::optional<found_container>> container(std::string name);

  // `login` is the X-Registry-Auth of the registry, or empty. `progress` is called whenever something came.
  promised<nothing> pull(std::string image, std::string login,
                         std::function<void(pull_stream::progress)> progress);

  // What the engine warns of.
  promised<std::vector<std::string>> create(const wanted_container& wanted);
  promised<nothing> start(std::string container);
  promised<std::vector<std::string>> last_log_lines(std::string container, unsigned most);

 private:
  promised<http_response> get(std::string target);
  promised<http_response> post(std::string target, std::string body);
  http_request make(http::verb method, std::string_view target, std::string body) const;

  engine_endpoint endpoint_;
  boost::asio::ssl::context* tls_;
  api_version api_;
  std::chrono::seconds patience_{30};
};

}  // namespace mgc::orchestrator
