#pragma once

// Nodes on 127.0.0.x with real sockets and a made-up state, for the tests of the peer port.

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/peers/peer_client.hpp"
#include "orchestrator/peers/peer_server.hpp"
#include "tests/temporary_folder.hpp"

namespace mgc::test {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

// What was logged while it lived.
class log_capture {
 public:
  log_capture() : before_{spdlog::default_logger()} {
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text_);
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", sink));
  }
  log_capture(const log_capture&) = delete;
  ~log_capture() { spdlog::set_default_logger(before_); }
  std::string text() const { return text_.str(); }

 private:
  std::shared_ptr<spdlog::logger> before_;
  std::ostringstream text_;
};

class made_up_face : public orchestrator::node_face {
 public:
  orchestrator::node_report report() const override { return told; }
  asio::awaitable<orchestrator::peer_answer> answer(orchestrator::peer_request request) override {
    asked.push_back(std::move(request));
    if (broken) throw std::runtime_error{"the journal cannot be written"};
    co_return orchestrator::peer_answer{true, "", told};
  }
  orchestrator::node_status status() override { return {told, "0.1.0", "127.0.0.11", well, {}}; }
  orchestrator::node_health health() override { return well; }
  orchestrator::node_metrics metrics() override { return {}; }
  asio::awaitable<orchestrator::admin_answer> force_bootstrap(bool really) override {
    forced.push_back(really);
    co_return bootstrap_answer;
  }

  orchestrator::node_report told;
  orchestrator::node_health well;
  orchestrator::admin_answer bootstrap_answer{true, "transactions of node2 may be lost"};
  std::vector<orchestrator::peer_request> asked;
  std::vector<bool> forced;
  bool broken = false;
};

// A port that is free at every one of the addresses, as far as can be known.
inline std::uint16_t free_port(const std::string& address = "127.0.0.11") {
  asio::io_context context;
  return tcp::acceptor{context, {asio::ip::make_address(address), 0}}.local_endpoint().port();
}

// node1 at 127.0.0.11, node2 at 127.0.0.12.
inline orchestrator::node_settings settings_of(unsigned self, std::uint16_t port, const std::string& secret,
                                               const std::string& run) {
  orchestrator::node_settings settings;
  for (const unsigned number : {1U, 2U}) {
    const auto address = "127.0.0.1" + std::to_string(number);
    settings.nodes.push_back({number, address, address});
  }
  settings.self = self;
  settings.address = "127.0.0.1" + std::to_string(self);
  settings.ports.peer = port;
  settings.cluster_secret = orchestrator::secret{secret};
  settings.directories.run = run;
  return settings;
}

// Runs the context until the coroutine has ended; a test that hangs fails instead.
template <class Value>
Value run(asio::io_context& context, asio::awaitable<Value> work) {
  std::optional<Value> made;
  std::exception_ptr broken;
  asio::co_spawn(context, std::move(work), [&](std::exception_ptr why, Value value) {
    broken = why;
    if (!why) made.emplace(std::move(value));
  });
  const auto end = std::chrono::steady_clock::now() + 20s;
  context.restart();
  while (!made && !broken && std::chrono::steady_clock::now() < end) context.run_one_for(100ms);
  if (broken) std::rethrow_exception(broken);
  if (!made) throw std::runtime_error{"it did not end within 20 s"};
  return std::move(*made);
}

inline auto within(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

// One node: its folder, its state, its server.
struct listening_node {
  listening_node(asio::io_context& context, unsigned number, std::uint16_t port, const std::string& secret,
                 orchestrator::server_limits limits = {})
      : settings{settings_of(number, port, secret, folder.path())} {
    face.told.node = number;
    face.told.run = "run of node" + std::to_string(number);
    server.emplace(context, settings, face, limits);
  }

  temporary_folder folder;
  orchestrator::node_settings settings;
  made_up_face face;
  std::optional<orchestrator::peer_server> server;
};

// A connection on which the test says what it likes.
class raw_connection {
 public:
  raw_connection(asio::io_context& context, std::uint16_t port, const std::string& from = "127.0.0.99",
                 const std::string& to = "127.0.0.11")
      : context_{context}, socket_{context, {asio::ip::make_address(from), 0}} {
    socket_.connect({asio::ip::make_address(to), port});
  }

  void say(const std::string& text) {
    boost::system::error_code gone;
    asio::write(socket_, asio::buffer(text), gone);
  }

  // All that comes until the other side closes, or nothing has come for the time.
  std::string hear(std::chrono::milliseconds patience = 5s) {
    std::string all;
    std::array<char, 4096> part{};
    const auto end = std::chrono::steady_clock::now() + patience;
    closed = false;
    bool pending = false;
    while (!closed && !(is_whole_answer(all)) && std::chrono::steady_clock::now() < end) {
      if (!std::exchange(pending, true)) {
        socket_.async_read_some(asio::buffer(part), [&](boost::system::error_code failed, std::size_t size) {
          all.append(part.data(), size);
          closed = failed && failed != asio::error::operation_aborted;
          pending = false;
        });
      }
      context_.restart();
      context_.run_one_for(20ms);
    }
    if (pending) {
      socket_.cancel();
      while (pending) context_.run_one_for(20ms);
    }
    return all;
  }

  std::string ask(const std::string& text) {
    say(text);
    return hear();
  }

  bool closed = false;

 private:
  static bool is_whole_answer(const std::string& text) {
    const auto head = text.find("\r\n\r\n");
    const auto length = text.find("Content-Length: ");
    if (head == std::string::npos || length == std::string::npos) return false;
    return text.size() >= head + 4 + std::stoul(text.substr(length + 16));
  }

  asio::io_context& context_;
  tcp::socket socket_;
};

}  // namespace mgc::test
