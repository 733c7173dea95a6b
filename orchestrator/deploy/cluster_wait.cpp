#include "orchestrator/deploy/cluster_wait.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "orchestrator/deploy/node_outlook.hpp"
#include "orchestrator/deploy/node_watch.hpp"
#include "orchestrator/run/gather.hpp"
#include "proxy/log_text.hpp"

namespace mgc::orchestrator {
namespace {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds between_looks{2};
constexpr std::chrono::seconds between_words{5};  // of one node, where they change
constexpr std::chrono::seconds between_repeats{15};
constexpr unsigned last_lines = 5;
constexpr std::chrono::seconds longest_look{10};
constexpr std::chrono::seconds patience_with_logs{5};

asio::awaitable<node_outlook> look(deploy_host& host, const cluster_goal& goal) {
  auto watching = look_at_node(host.node.address, goal.peer_port);
  const auto watched = co_await std::move(watching);
  auto asking = host.engine.container(host.node.container.name);
  const auto container = co_await std::move(asking);
  std::optional<container_state> state;
  if (container && *container) state = (*container)->state;
  const std::string problem = container ? "" : container.error();
  co_return judge(watched, state, problem, goal.size);
}

// What was said last of a node, and when.
struct said {
  std::string words;
  clock::time_point at;
};

class cluster_watcher {
 public:
  cluster_watcher(const std::vector<std::unique_ptr<deploy_host>>& hosts, cluster_goal goal,
                  const deploy_voice& to)
      : hosts_{hosts}, goal_{goal}, to_{to}, said_(hosts.size()) {}

  asio::awaitable<bool> wait() {
    const auto until = clock::now() + goal_.patience;
    asio::steady_timer pause{co_await asio::this_coro::executor};
    for (;;) {
      std::vector<asio::awaitable<node_outlook>> looks;
      const auto left = std::chrono::ceil<std::chrono::seconds>(until - clock::now());
      for (const auto& host : hosts_) {
        host->engine.set_patience(std::clamp(left, std::chrono::seconds{1}, longest_look));
        looks.push_back(look(*host, goal_));
      }
      auto looking = gather(std::move(looks));
      const auto outlooks = co_await std::move(looking);
      const auto arrived = [](const auto& outlook) { return outlook.arrived; };
      if (std::all_of(outlooks.begin(), outlooks.end(), arrived)) co_return true;
      const bool is_over = clock::now() >= until;
      const bool is_hopeless =
          std::any_of(outlooks.begin(), outlooks.end(), [](const auto& outlook) { return outlook.hopeless; });
      if (is_over || is_hopeless) {
        auto giving_up = give_up(outlooks, is_hopeless);
        co_await std::move(giving_up);
        co_return false;
      }
      for (std::size_t i = 0; i < hosts_.size(); ++i) tell(i, outlooks[i]);
      pause.expires_after(between_looks);
      (void)co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
    }
  }

 private:
  void tell(std::size_t which, const node_outlook& outlook) {
    auto& last = said_[which];
    const auto words = outlook.arrived ? outlook.words : "waiting for it: " + outlook.words;
    const auto silence = clock::now() - last.at;
    if (words == last.words ? outlook.arrived || silence < between_repeats
                            : !last.words.empty() && !outlook.arrived && silence < between_words) {
      return;
    }
    last = {words, clock::now()};
    to_.say(hosts_[which]->line(words));
  }

  asio::awaitable<void> give_up(const std::vector<node_outlook>& outlooks, bool is_hopeless) {
    std::vector<std::size_t> missing;
    std::vector<asio::awaitable<engine_result<std::vector<std::string>>>> questions;
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
      if (outlooks[i].arrived || (is_hopeless && !outlooks[i].hopeless)) continue;
      missing.push_back(i);
      auto& host = *hosts_[i];
      host.engine.set_patience(patience_with_logs);
      questions.push_back(host.engine.last_log_lines(host.node.container.name, last_lines));
    }
    auto asking = gather(std::move(questions));
    const auto logs = co_await std::move(asking);
    for (std::size_t i = 0; i < missing.size(); ++i) {
      const auto& host = *hosts_[missing[i]];
      to_.complain(host.line(outlooks[missing[i]].words));
      if (!logs[i]) continue;
      for (const auto& line : *logs[i]) to_.complain(host.line("its log: " + line));
    }
    if (!is_hopeless)
      to_.complain(fmt::format("the cluster is not complete after {} s; the containers go on",
                               goal_.patience.count()));
  }

  const std::vector<std::unique_ptr<deploy_host>>& hosts_;
  cluster_goal goal_;
  const deploy_voice& to_;
  std::vector<said> said_;
};

}  // namespace

asio::awaitable<bool> wait_for_nodes(const std::vector<std::unique_ptr<deploy_host>>& hosts,
                                     cluster_goal goal, const deploy_voice& to) {
  cluster_watcher watcher{hosts, goal, to};
  auto waiting = watcher.wait();
  co_return co_await std::move(waiting);
}

}  // namespace mgc::orchestrator
