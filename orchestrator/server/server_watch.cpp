#include "orchestrator/server/server_watch.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cctype>
#include <thread>
#include <utility>

#include "orchestrator/server/server_login.hpp"

namespace mgc::orchestrator {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

// SHOW and not SELECT: it is answered while the server is not ready for queries.
constexpr auto status_query =
    "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_ready', 'wsrep_cluster_status', 'wsrep_cluster_size', "
    "'wsrep_cluster_conf_id', 'wsrep_cluster_state_uuid', 'wsrep_local_state_comment', 'wsrep_local_state', "
    "'wsrep_last_committed', "
    "'wsrep_incoming_addresses', 'wsrep_local_recv_queue', 'wsrep_flow_control_paused_ns', "
    "'wsrep_gcomm_uuid', "
    "'Threads_connected')";

// Filled in the order of transactions, when the beginning of a component is applied.
constexpr auto members_query = "SELECT node_uuid, '' FROM mysql.wsrep_cluster_members ORDER BY node_uuid";

status_values by_name(const proxy::server_connection::rows& rows) {
  status_values values;
  for (const auto& [name, value] : rows) {
    std::string lower;
    for (const char c : name) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    values.emplace(std::move(lower), value);
  }
  return values;
}

}  // namespace

// What happens on the thread. The context that hears of it may be gone when a look ends: then nobody does.
class server_watch::worker {
 public:
  worker(asio::io_context& listener, const node_settings& settings, handler heard,
         std::chrono::milliseconds period)
      : listener_{listener},
        server_{settings},
        heard_{std::make_shared<handler>(std::move(heard))},
        period_{period} {
    timer_.expires_after(0ms);
    look_when_it_is_time();
    thread_ = std::thread{[this] { context_.run(); }};
  }
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;
  ~worker() {
    heard_.reset();
    context_.stop();
    thread_.join();
  }

  answer<> execute(const std::string& statement) {
    const auto answered = server_.query(statement);
    if (!answered) return failure{answered.error().text};
    return done;
  }

  asio::io_context& context() { return context_; }

 private:
  void look_when_it_is_time() {
    timer_.async_wait([this](boost::system::error_code stopped) {
      if (stopped) return;
      auto seen = look();
      timer_.expires_after(seen.answers ? period_ : std::min<std::chrono::milliseconds>(period_, 200ms));
      tell(std::move(seen));
      look_when_it_is_time();
    });
  }

  server_observation look() {
    const auto rows = server_.query(status_query);
    if (!rows) {
      server_observation nothing;
      nothing.refused = server_.refused();
      nothing.problem = rows.error().text;
      return nothing;
    }
    auto seen = observe(by_name(*rows));
    seen.version = server_.version();
    if (seen.primary_component && seen.ready) {
      if (const auto members = server_.query(members_query)) {
        for (const auto& [member, nothing] : *members) seen.applied_members.push_back(member);
      }
    }
    return seen;
  }

  void tell(server_observation seen) {
    asio::post(listener_, [listening = weak_heard_, seen = std::move(seen)] {
      if (const auto heard = listening.lock()) (*heard)(seen);
    });
  }

  asio::io_context& listener_;
  local_server server_;
  std::shared_ptr<handler> heard_;  // goes, on the listener's thread, before this does
  std::weak_ptr<handler> weak_heard_{heard_};
  std::chrono::milliseconds period_;
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> working_{context_.get_executor()};
  asio::steady_timer timer_{context_};
  std::thread thread_;
};

server_watch::server_watch(asio::io_context& context, const node_settings& settings, handler heard,
                           std::chrono::milliseconds period)
    : worker_{std::make_unique<worker>(context, settings, std::move(heard), period)} {}

server_watch::~server_watch() = default;

asio::awaitable<answer<>> server_watch::heal() {
  return execute("SET GLOBAL wsrep_provider_options = 'pc.bootstrap=YES'");
}

asio::awaitable<answer<>> server_watch::execute(std::string statement) {
  co_return co_await asio::co_spawn(
      worker_->context(),
      [](worker& by, std::string what) -> asio::awaitable<answer<>> { co_return by.execute(what); }(
                                           *worker_, std::move(statement)),
      asio::use_awaitable);
}

}  // namespace mgc::orchestrator
