#include "orchestrator/deploy/deployment.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "orchestrator/deploy/cluster_wait.hpp"
#include "orchestrator/run/gather.hpp"
#include "proxy/log_text.hpp"

namespace mgc::orchestrator {
namespace {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds between_words{2};  // of a pull
constexpr std::uint64_t megabyte = std::uint64_t{1024} * 1024;

std::string joined(const std::vector<std::string>& words, std::string_view between = ", ") {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : std::string{between}) + word;
  return text;
}

std::string step_text(deploy_step step, const wanted_container& container) {
  return fmt::format("{} {}", to_string(step), step == deploy_step::pull ? container.image : container.name);
}

// Errors go to `problem` of the host.
asio::awaitable<nothing> look_at(deploy_host& host) {
  auto asking_version = host.engine.version();
  const auto version = co_await std::move(asking_version);
  if (!version) {
    host.problem = version.error();
    co_return nothing{};
  }
  host.release = version->name;
  auto asking_image = host.engine.image(host.node.container.image);
  auto image = co_await std::move(asking_image);
  if (!image) {
    host.problem = image.error();
    co_return nothing{};
  }
  host.facts.image = std::move(*image);
  auto asking_container = host.engine.container(host.node.container.name);
  auto container = co_await std::move(asking_container);
  if (container) {
    host.facts.container = std::move(*container);
  } else {
    host.problem = container.error();
  }
  co_return nothing{};
}

class performer {
 public:
  performer(deploy_host& host, const std::string& login, const deploy_voice& to)
      : host_{host}, login_{login}, to_{to} {}

  asio::awaitable<nothing> run() {
    for (const auto step : host_.plan.steps) {
      host_.doing = step_text(step, host_.node.container);
      auto doing = perform(step);
      const auto done = co_await std::move(doing);
      if (!done) {
        host_.problem = fmt::format("{}: {}", host_.doing, done.error());
        to_.complain(host_.line(host_.problem));
        break;
      }
      host_.done.push_back(host_.doing);
      to_.say(host_.line(host_.doing + ": done"));
    }
    host_.doing.clear();
    co_return nothing{};
  }

 private:
  asio::awaitable<engine_result<nothing>> perform(deploy_step step) {
    if (step == deploy_step::pull) co_return co_await pull();
    if (step == deploy_step::start) co_return co_await host_.engine.start(host_.node.container.name);
    const auto warnings = co_await host_.engine.create(host_.node.container);
    if (!warnings) co_return engine_result<nothing>{boost::system::in_place_error, warnings.error()};
    for (const auto& warning : *warnings) to_.complain(host_.line("warning: " + proxy::for_log(warning)));
    co_return nothing{};
  }

  asio::awaitable<engine_result<nothing>> pull() {
    to_.say(host_.line(host_.doing));
    std::function<void(pull_stream::progress)> tell =
        [this, next = clock::now() + between_words,
         last = std::uint64_t{0}](pull_stream::progress now) mutable {
          if (now.bytes == last || clock::now() < next) return;
          last = now.bytes;
          next = clock::now() + between_words;
          to_.say(host_.line(
              fmt::format("{}: {} of {} MB", host_.doing, now.bytes / megabyte, now.total / megabyte)));
        };
    auto pulling = host_.engine.pull(host_.node.container.image, login_, std::move(tell));
    co_return co_await std::move(pulling);
  }

  deploy_host& host_;
  const std::string& login_;
  const deploy_voice& to_;
};

asio::awaitable<nothing> perform_at(deploy_host& host, const std::string& login, const deploy_voice& to) {
  performer work{host, login, to};
  co_return co_await work.run();
}

}  // namespace

deployment::deployment(const deploy_settings& settings, const deploy_order& order, asio::ssl::context* tls,
                       deploy_voice to)
    : settings_{settings}, order_{order}, to_{std::move(to)} {
  for (const auto& node : settings.nodes) {
    hosts_.push_back(std::make_unique<deploy_host>(
        deploy_host{node, engine_client{node.engine, tls}, "", {}, {}, "", {}, ""}));
  }
}

bool deployment::is_well() const {
  return std::all_of(hosts_.begin(), hosts_.end(), [](const auto& host) { return host->problem.empty(); });
}

asio::awaitable<bool> deployment::run() {
  auto looking = look();
  const bool seen = co_await std::move(looking);
  const bool agreed = plan();
  if (order_.dry_run) show_plan();
  if (!seen || !agreed) {
    to_.complain("nothing was changed on any host");
    co_return false;
  }
  if (order_.dry_run) co_return true;
  auto performing = perform();
  if (!co_await std::move(performing)) co_return false;
  auto waiting = wait_for_cluster();
  co_return co_await std::move(waiting);
}

asio::awaitable<bool> deployment::look() {
  std::vector<asio::awaitable<nothing>> looks;
  for (const auto& host : hosts_) looks.push_back(look_at(*host));
  auto looking = gather(std::move(looks));
  (void)co_await std::move(looking);
  for (const auto& host : hosts_) {
    if (!host->problem.empty())
      to_.complain(host->line(fmt::format("{}: {}", to_string(host->node.engine), host->problem)));
  }
  co_return is_well();
}

bool deployment::plan() {
  bool agreed = true;
  const deploy_host* differing = nullptr;
  for (const auto& host : hosts_) {
    if (!host->problem.empty()) continue;
    const auto& container = host->node.container;
    host->plan = make_plan(container, settings_.pull, host->facts);
    for (const auto& note : host->plan.notes) to_.say(host->line(note));
    if (host->plan.refusals.empty()) continue;
    agreed = false;
    if (!host->facts.container) {
      to_.complain(host->line(joined(host->plan.refusals)));
      continue;
    }
    to_.complain(host->line(fmt::format("container {} is there and not as {} wants it: {}", container.name,
                                        order_.config, joined(host->plan.refusals, "; "))));
    if (differing == nullptr) differing = host.get();
  }
  if (differing != nullptr) {
    to_.complain(fmt::format(
        "a container is not replaced by itself; to do it: 'docker stop {0}' and 'docker rm {0}' on its host "
        "(the data stay in {1}), then 'mgc deploy {2} --only {3}', one node after the other",
        differing->node.container.name, differing->node.data, order_.config, differing->node.name()));
  }
  return agreed;
}

void deployment::show_plan() const {
  for (const auto& host : hosts_) {
    if (!host->problem.empty() || !host->plan.refusals.empty()) continue;
    std::vector<std::string> steps;
    for (const auto step : host->plan.steps) steps.push_back(step_text(step, host->node.container));
    to_.say(host->line(fmt::format("Docker {} at {}: {}", proxy::for_log(host->release, 50),
                                   to_string(host->node.engine),
                                   steps.empty() ? "nothing to do" : "would " + joined(steps))));
  }
}

asio::awaitable<bool> deployment::perform() {
  std::vector<asio::awaitable<nothing>> works;
  for (const auto& host : hosts_) {
    if (host->plan.steps.empty())
      to_.say(
          host->line(fmt::format("container {} is there already; nothing to do", host->node.container.name)));
    works.push_back(perform_at(*host, order_.registry_login, to_));
  }
  auto working = gather(std::move(works));
  (void)co_await std::move(working);
  if (is_well()) co_return true;
  std::vector<std::string> failed;
  for (const auto& host : hosts_) {
    if (!host->problem.empty()) failed.push_back(host->node.name());
  }
  to_.complain(fmt::format(
      "{}: not done, for the reason above; what was done stays, and 'mgc deploy {}' goes on from here",
      joined(failed), order_.config));
  co_return false;
}

asio::awaitable<bool> deployment::wait_for_cluster() {
  if (order_.patience.count() == 0) {
    to_.say("the containers run; the cluster is not waited for");
    co_return true;
  }
  cluster_goal goal{0, settings_.ports.peer, order_.patience};
  if (order_.whole_cluster && settings_.mode == cluster_mode::cluster) goal.size = hosts_.size();
  auto waiting = wait_for_nodes(hosts_, goal, to_);
  if (!co_await std::move(waiting)) {
    to_.complain(fmt::format("more is in 'docker logs {}' on the hosts; 'mgc deploy {}' waits again",
                             hosts_.front()->node.container.name, order_.config));
    co_return false;
  }
  std::vector<std::string> addresses;
  for (const auto& host : hosts_)
    addresses.push_back(fmt::format("{}:{}", host->node.address, settings_.ports.sql));
  to_.say(fmt::format(
      "{}; clients connect to {}",
      goal.size == 0 ? "all nodes are ready" : fmt::format("the cluster has its {} nodes", goal.size),
      joined(addresses, " or ")));
  co_return true;
}

std::vector<std::string> deployment::left_at() const {
  std::vector<std::string> lines;
  for (const auto& host : hosts_) {
    std::vector<std::string> parts;
    for (const auto& step : host->done) parts.push_back(step + ": done");
    if (!host->doing.empty()) parts.push_back(host->doing + ": under way, not known to be done");
    lines.push_back(host->line(parts.empty() ? "nothing was changed" : joined(parts)));
  }
  return lines;
}

}  // namespace mgc::orchestrator
