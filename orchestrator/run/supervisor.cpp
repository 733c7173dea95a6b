#include "orchestrator/run/supervisor.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "orchestrator/config/bad_configuration.hpp"
#include "orchestrator/config/machine.hpp"
#include "orchestrator/election/random_id.hpp"
#include "orchestrator/run/gather.hpp"
#include "orchestrator/run/membership.hpp"
#include "orchestrator/server/inspect.hpp"
#include "orchestrator/server/server_version.hpp"
#include "proxy/log_text.hpp"

namespace mgc::orchestrator {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;

constexpr auto patience_with_peers = 1000ms;  // a round lasts no longer
constexpr auto between_decisions =
    250ms;  // while the server is down: a cluster forms as fast as its slowest step
constexpr auto between_looks = 1000ms;      // while it runs
constexpr auto between_reminders = 10s;     // of a state that lasts
constexpr auto galera_heals_within = 10s;   // a component by itself, when its members see each other again
constexpr auto start_ends_within = 30s;     // of a server that is told to stop before it serves
constexpr auto between_inspections = 10s;   // of data that cannot be read
constexpr auto group_notices_within = 60s;  // that a server is gone; evs.inactive_timeout is 15 s

// Nodes that are only named to be joined have no numbers here; these are this process's own for them.
constexpr node_number first_named = 1'000'000;

node_settings with_named(node_settings settings) {
  for (const auto& given : settings.join_addresses) {
    const auto address = numeric_address(given);
    if (!address) continue;
    settings.nodes.push_back(
        {first_named + static_cast<node_number>(settings.nodes.size()), given, *address});
  }
  return settings;
}

// Why the server here must not open what a server of a newer series has upgraded; it might do so without a word.
std::string newer_data(const std::string& datadir, const std::optional<server_version>& installed) {
  const auto made_by = version_of_data(datadir);
  if (!installed || !made_by || made_by->series() <= installed->series()) return {};
  return fmt::format(
      "my_datadir={}: it is of MariaDB {}, and MariaDB {} is installed, which cannot use it: run MariaDB "
      "{}.{} or "
      "newer, or give this node an empty directory",
      proxy::for_log(datadir, 500), to_string(*made_by), to_string(*installed), made_by->major,
      made_by->minor);
}

}  // namespace

supervisor::supervisor(asio::io_context& context, const server_host& host, shaper::shared_budget* budget)
    : context_{context},
      host_{host},
      budget_{budget},
      asked_{with_named(host.settings)},
      client_{context, asked_},
      file_{host.settings.directories.lock + "/election.json"},
      run_{random_id()},
      alarm_{context},
      stopped_{context} {
  stopped_.expires_at(clock::time_point::max());
  for (const auto& node : host.settings.nodes) {
    cluster_.insert(node.number);
    node_list_.push_back(fmt::format("{}={}", node.number, node.address));
  }
  for (const auto& node : asked_.nodes) {
    if (node.number != host.settings.self) peers_[node.number].address = node.address;
  }
  if (auto read = file_.read()) saved_ = memory_ = *std::move(read);
}

supervisor::~supervisor() = default;

void supervisor::enter(phase next, std::string reason) {
  const bool news = next != phase_ || reason != reason_;
  if (!news && clock::now() < said_at_ + between_reminders) return;
  if (!news && (next == phase::running || next == phase::stopping)) return;
  phase_ = next;
  reason_ = std::move(reason);
  said_at_ = clock::now();
  const auto level = hopeless_ ? spdlog::level::warn : spdlog::level::info;
  spdlog::log(level, "{}: {}", to_string(phase_), reason_);
}

// What could not be written was not: nobody hears of it.
bool supervisor::save() {
  if (memory_ == saved_ && !unsure_) return true;
  const auto failed = file_.write(memory_);
  if (!failed) {
    saved_ = memory_;
    unsure_ = false;
    return true;
  }
  memory_ = saved_;
  unsure_ = true;
  hopeless_ = true;
  enter(phase_, fmt::format("{} cannot be written: {}; nothing can be decided until it can", file_.path(),
                            failed.message()));
  return false;
}

std::vector<node_report> supervisor::heard() const {
  std::vector<node_report> reports;
  for (const auto& [number, one] : peers_) {
    if (one.report) reports.push_back(*one.report);
  }
  return reports;
}

// Longer than Galera needs to find back by itself, once there is somebody to find back to. What is being filled is not cut off.
bool supervisor::is_cut_off_for_long() const {
  if (server_ != server_state::non_primary) return false;
  const bool filling =
      (seen_ && seen_->state.starts_with("Join")) || (budget_ != nullptr && !budget_->transfers().empty());
  return !filling && clock::now() > std::max(cut_off_since_, primary_heard_since_) + galera_heals_within;
}

knowledge supervisor::known() const {
  knowledge all;
  all.self = report();
  all.heard = heard();
  all.cluster.assign(cluster_.begin(), cluster_.end());
  all.allow_data_replace = host_.settings.allow_data_replace;
  all.force = forced_;
  all.cut_off_for_long = is_cut_off_for_long();
  all.counted_in = server_ == server_state::down && clock::now() < looked_at_ + group_notices_within &&
                   all_count_in(all.heard, option_value(host_.settings, "wsrep_node_incoming_address"));
  return all;
}

// ---- the loop

void supervisor::stop() {
  stopping_ = true;
  stopped_.cancel();
  wake();
}

asio::awaitable<int> supervisor::run() {
  boost::system::error_code stopped;
  const auto first =
      co_await (live_or_why_not() || stopped_.async_wait(asio::redirect_error(asio::use_awaitable, stopped)));
  const auto failed = first.index() == 0 ? std::get<0>(first) : std::exception_ptr{};
  const int code = co_await shut_down(failed ? "after an error" : "as asked");
  if (failed) std::rethrow_exception(failed);
  co_return code;
}

// `||` goes on with the other side after an exception.
asio::awaitable<std::exception_ptr> supervisor::live_or_why_not() {
  try {
    co_await live();
    co_return nullptr;
  } catch (...) {
    co_return std::current_exception();
  }
}

asio::awaitable<void> supervisor::live() {
  const auto installed = co_await installed_version(host_);
  if (installed) installed_ = *installed;
  if (auto problem = newer_data(host_.settings.directories.data, installed_); !problem.empty())
    throw bad_configuration{{std::move(problem)}};
  co_await look_at_data();
  while (!stopping_) {
    if (process_ && process_->status()) co_await server_ended();
    co_await ask_peers();
    co_await act();
    co_await nap();
  }
}

asio::awaitable<void> supervisor::look_at_data() {
  server_ = server_state::starting;
  for (;;) {
    enter(phase::inspecting, fmt::format("what is in {}", host_.settings.directories.data));
    if (stopping_) co_return;
    auto found = co_await inspect(host_, memory_);
    if (found) {
      data_ = *std::move(found);
      break;
    }
    // Nobody may take it for one that is about to come, nor for one that has nothing.
    data_ = {};
    data_.kind = data_kind::unsafe;
    server_ = server_state::down;
    hopeless_ = true;
    enter(phase::inspecting, found.error());
    asio::steady_timer pause{context_, between_inspections};
    co_await pause.async_wait(asio::use_awaitable);
  }
  hopeless_ = false;
  looked_at_ = clock::now();
  for (;;) {
    if (memory_.memory.empty()) memory_ = new_journal(random_id(), data_, cluster_);
    if (data_.kind != data_kind::empty) saw_data(memory_);
    if (save() || stopping_) break;
    asio::steady_timer pause{context_, between_inspections};
    co_await pause.async_wait(asio::use_awaitable);
  }
  server_ = server_state::down;
}

asio::awaitable<void> supervisor::ask_peers() {
  std::vector<node_number> numbers;
  std::vector<asio::awaitable<peer_result<node_report>>> questions;
  const auto until = clock::now() + patience_with_peers;
  for (const auto& [number, one] : peers_) {
    numbers.push_back(number);
    questions.push_back(client_.report(number, until));
  }
  if (questions.empty()) co_return;
  const auto answers = co_await gather(std::move(questions));
  const bool heard_before = hears_primary();
  for (std::size_t index = 0; index < numbers.size(); ++index) {
    auto& one = peers_[numbers[index]];
    one.report.reset();
    if (!answers[index]) {
      one.problem = answers[index].error();
    } else if (answers[index]->node != numbers[index] && !only_joins()) {
      one.problem = fmt::format("{} says that it is node{}, not node{}: make the lists of nodes equal",
                                one.address, answers[index]->node, numbers[index]);
    } else {
      one.problem.clear();
      one.report = *answers[index];
      one.report->node = numbers[index];
      one.heard_at = clock::now();
    }
  }
  if (!heard_before && hears_primary()) primary_heard_since_ = clock::now();
}

bool supervisor::hears_primary() const {
  return std::any_of(peers_.begin(), peers_.end(), [](const auto& one) {
    return one.second.report && one.second.report->server == server_state::primary;
  });
}

asio::awaitable<void> supervisor::nap() {
  const bool idle = server_ == server_state::primary || server_ == server_state::starting;
  if (process_ && process_->status()) co_return;
  alarm_.expires_after(idle ? between_looks : between_decisions);
  boost::system::error_code woken;
  co_await alarm_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
}

asio::awaitable<void> supervisor::act() {
  switch (server_) {
    case server_state::starting: watch_start(); break;
    case server_state::primary:
      note_membership();
      upgrade_if_needed();
      break;
    case server_state::down:
      if (clock::now() < not_before_) break;
      if (!in_cluster()) {
        co_await start_plain();
      } else if (only_joins()) {
        co_await join_named();
      } else {
        co_await act_on(decide(known()));
      }
      break;
    case server_state::non_primary:
      if (!only_joins() && clock::now() >= not_before_) co_await act_on(decide(known()));
      break;
  }
}

asio::awaitable<void> supervisor::act_on(const decision& chosen) {
  const auto* const waiting = std::get_if<wait>(&chosen);
  hopeless_ = waiting != nullptr && waiting->hopeless;
  if (!std::holds_alternative<bootstrap>(chosen)) drop_order(reason_of(chosen));
  if (waiting != nullptr) {
    enter(server_ == server_state::down ? phase::deciding : phase::cut_off, waiting->why);
  } else if (const auto* const joining = std::get_if<join>(&chosen)) {
    co_await join_primary(*joining);
  } else if (const auto* const founding = std::get_if<bootstrap>(&chosen)) {
    co_await found(*founding);
  } else {
    enter(phase::stopping, std::get<stand_down>(chosen).why);
    expected_end_ = true;
    process_->stop();
    (void)co_await process_->ended();
  }
}

// One decision is made by it, now; one that could not be made is given again or not at all.
void supervisor::drop_order(const std::string& why) {
  if (!forced_) return;
  forced_ = false;
  spdlog::warn("the order to found the cluster was not carried out: {}; give it again if it still holds",
               why);
}

// A server that serves has all the time that it needs. One that was told to stop while it joins, and was left alone by its
// group, waits inside Galera for a state that never comes: it has committed nothing that the others do not have, and nobody
// has been served by it.
asio::awaitable<void> supervisor::wait_for_end(bool was_starting) {
  while (!process_->status()) {
    asio::steady_timer patience{context_, start_ends_within};
    boost::system::error_code late;
    const auto first =
        co_await (process_->ended() || patience.async_wait(asio::redirect_error(asio::use_awaitable, late)));
    if (first.index() == 0) co_return;
    if (!was_starting || (budget_ != nullptr && !budget_->transfers().empty())) {
      spdlog::info("the server (process {}) has not ended yet; it is waited for", process_->pid());
      continue;
    }
    spdlog::warn(
        "the server was still starting, and has not ended within {} s of being told to: it is killed",
        start_ends_within.count());
    process_->kill();
    co_return;
  }
}

asio::awaitable<int> supervisor::shut_down(std::string why) {
  enter(phase::stopping, std::move(why));
  if (campaign_ && !process_) co_await give_up_campaign(cluster_);
  if (!process_) co_return 0;
  const bool was_starting = server_ == server_state::starting;
  process_->stop();
  co_await wait_for_end(was_starting);
  const auto status = co_await process_->ended();
  spdlog::info("the server ended ({})", to_string(status));
  if (was_starting) co_return 0;  // it had nothing to lose, and says so by any code
  co_return status.signal != 0 ? 128 + status.signal : status.code;
}

}  // namespace mgc::orchestrator
