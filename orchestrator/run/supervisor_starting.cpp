// How a decision becomes a start of the server: as a joiner that has announced itself, or as the founder that a ballot allowed.
//
// Requests are named before they are awaited: GCC 12 destroys a temporary made by braces within a co_await expression twice.

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/asio/use_awaitable.hpp>
#include <random>

#include "orchestrator/config/prepare_files.hpp"
#include "orchestrator/election/random_id.hpp"
#include "orchestrator/run/gather.hpp"
#include "orchestrator/run/supervisor.hpp"
#include "orchestrator/server/initialise.hpp"
#include "orchestrator/server/inspect.hpp"
#include "proxy/bad_setting.hpp"

namespace mgc::orchestrator {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto patience_with_electors = 3000ms;
constexpr auto patience_with_farewells = 1500ms;
constexpr auto time_to_heal = 5s;  // for a component that was told to be Primary, or that refused

// Two candidates that have spoilt each other's ballots must not do so again.
std::chrono::milliseconds random_pause() {
  static std::minstd_rand random{std::random_device{}()};
  return std::chrono::milliseconds{std::uniform_int_distribution<int>{100, 700}(random)};
}

bool known_position(const local_data& data) {
  return (data.kind == data_kind::clean || data.kind == data_kind::crashed) && data.position >= 0;
}

// With what is here, from where it stands.
server_start start_from(const local_data& data) {
  server_start start;
  if (known_position(data)) {
    start.history = data.history;
    start.position = data.position;
  }
  return start;
}

}  // namespace
// ---- joining

// No server can use what one of a newer series has upgraded; and mariadb-backup cannot prepare what one of another series has
// written, which would be found out when all has been copied.
std::string supervisor::copy_between_versions(node_number primary) const {
  const bool whole = !known_position(data_);
  const auto method = option_value(host_.settings, "wsrep_sst_method");
  if (!whole) return {};
  const auto& one = peers_.at(primary).report;
  const auto theirs = one ? find_version(one->server_version) : std::nullopt;
  if (!theirs || !installed_) return {};
  if (theirs->series() > installed_->series()) {
    return fmt::format(
        "this node needs a full copy of node{}, which runs MariaDB {}, and MariaDB {} here cannot use it: "
        "run "
        "MariaDB {}.{} or newer here",
        primary, to_string(*theirs), to_string(*installed_), theirs->major, theirs->minor);
  }
  if (theirs->series() == installed_->series() || method.find("mariabackup") == std::string::npos) return {};
  return fmt::format(
      "this node needs a full copy of node{}, which runs MariaDB {}; {} makes none for MariaDB {} here: set "
      "wsrep_sst_method=rsync on this node for this once",
      primary, to_string(*theirs), method, to_string(*installed_));
}

asio::awaitable<void> supervisor::join_primary(const join& how) {
  if (auto obstacle = copy_between_versions(how.primary); !obstacle.empty()) {
    hopeless_ = true;
    enter(phase::deciding, std::move(obstacle));
    co_return;
  }
  // The Primary keeps in mind that this node may be ahead of others one day, before it can be.
  peer_request coming{announce{host_.settings.self, memory_.memory}};
  const auto answer =
      co_await client_.ask(how.primary, std::move(coming), clock::now() + patience_with_electors);
  if (!answer || !answer->agreed) {
    enter(phase::deciding, fmt::format("{}; it does not take this node yet: {}", how.why,
                                       answer ? answer->why : answer.error()));
    co_return;
  }
  start_as_joiner(how.why, answer->report.newest_epoch, how.replace);
}

void supervisor::start_as_joiner(const std::string& why, std::uint64_t newest_epoch, bool replace) {
  voter_.forget();
  about_to_join(memory_, newest_epoch, data_);
  if (!save()) return;
  if (replace) {
    spdlog::warn("{}: the data in {} is given up for the cluster's", why, host_.settings.directories.data);
    if (const auto forgotten = forget_position(host_.settings.directories.data); !forgotten) {
      enter(phase::deciding, forgotten.error());
      return;
    }
  }
  make_data_directory(host_.settings);
  enter(phase::starting, why);
  wants_copy_ = replace || !known_position(data_);
  start_server(replace ? server_start{} : start_from(data_));
}

// ---- founding

asio::awaitable<void> supervisor::found(const bootstrap& how) {
  const auto as_it_was = server_;
  if (!co_await win_ballot(how)) co_return;
  if (server_ != as_it_was) {  // Galera has healed meanwhile, or the server has ended
    co_await give_up_campaign(how.electors);
    co_return;
  }
  forced_ = false;
  if (server_ == server_state::non_primary) {
    co_await heal();
    co_return;
  }
  server_ = server_state::starting;
  co_await fill_if_empty(how.why);
  about_to_bootstrap(memory_, *campaign_, data_, true);
  if (!save()) {
    server_ = server_state::down;
    co_await give_up_campaign(how.electors);
    co_return;
  }
  if (data_.kind != data_kind::plain) {
    if (const auto allowed = allow_bootstrap(host_.settings.directories.data); !allowed) {
      server_ = server_state::down;
      campaign_.reset();
      enter(phase::deciding, allowed.error());
      co_return;
    }
  }
  enter(phase::starting, how.why);
  wants_copy_ = false;
  auto start = start_from(data_);
  start.new_cluster = true;
  start_server(start);
  campaign_.reset();
}

// A failure ends `mgc run`, which takes back an open ballot of ours.
asio::awaitable<void> supervisor::fill_if_empty(const std::string& why) {
  if (data_.kind != data_kind::empty) co_return;
  server_ = server_state::starting;
  enter(phase::initialising, why);
  if (const auto made = co_await initialise(host_); !made) throw proxy::bad_setting{made.error()};
  data_ = {};
  data_.kind = data_kind::plain;
}

asio::awaitable<void> supervisor::heal() {
  about_to_bootstrap(memory_, *campaign_, data_, false);
  campaign_.reset();
  if (!save()) co_return;
  enter(phase::cut_off, "this node's component is made the Primary one");
  if (const auto healed = co_await watch_->heal(); !healed) {
    enter(phase::cut_off, fmt::format("the server does not make its component Primary: {}", healed.error()));
  }
  not_before_ = clock::now() + time_to_heal;
}

asio::awaitable<std::map<node_number, peer_result<peer_answer>>> supervisor::ask_each(
    std::set<node_number> whom, peer_request request, std::chrono::milliseconds patience) {
  std::map<node_number, peer_result<peer_answer>> answered;
  std::vector<asio::awaitable<peer_result<peer_answer>>> questions;
  questions.reserve(whom.size());
  for (const auto node : whom) questions.push_back(client_.ask(node, request, clock::now() + patience));
  if (questions.empty()) co_return answered;
  auto answers = co_await gather(std::move(questions));
  auto answer = answers.begin();
  for (const auto node : whom) answered.emplace(node, std::move(*answer++));
  co_return answered;
}

// Those who do not hear it learn from our reports that nothing came of it.
asio::awaitable<void> supervisor::give_up_campaign(std::set<node_number> asked) {
  const auto what = *campaign_;
  campaign_.reset();
  close_campaign(memory_);
  (void)save();
  asked.erase(host_.settings.self);
  peer_request off{withdraw{what}};
  (void)co_await ask_each(std::move(asked), std::move(off), patience_with_farewells);
}

asio::awaitable<bool> supervisor::win_ballot(const bootstrap& proposal) {
  voter_.forget();
  candidacy candidate{proposal, known(), memory_, random_id()};
  if (!save()) co_return false;
  campaign_ = candidate.what();
  enter(server_ == server_state::down ? phase::deciding : phase::cut_off,
        fmt::format("{}: asks {} of {} nodes for leave to found the cluster", proposal.why,
                    candidate.asked().size(), cluster_.size()));
  const auto count = [&](const std::map<node_number, peer_result<peer_answer>>& answers) {
    for (const auto& [node, answer] : answers) {
      if (answer) {
        candidate.answered(node, *answer);
      } else {
        candidate.not_answered(node, answer.error());
      }
    }
  };
  peer_request first{candidate.first_round()};
  count(co_await ask_each(candidate.asked(), std::move(first), patience_with_electors));
  if (candidate.may_go_on()) {
    peer_request second{confirm{candidate.what()}};
    count(co_await ask_each(candidate.confirmers(), std::move(second), patience_with_electors));
  }
  if (candidate.elected() && !stopping_) {
    ++won_;
    co_return true;
  }
  ++lost_;
  co_await give_up_campaign(candidate.asked());
  drop_order(candidate.why_not());
  enter(server_ == server_state::down ? phase::deciding : phase::cut_off,
        fmt::format("{}; not all agreed: {}", proposal.why, candidate.why_not()));
  not_before_ = clock::now() + random_pause();
  co_return false;
}

}  // namespace mgc::orchestrator
