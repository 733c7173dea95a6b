// The life of the server: how it is started as a member or as a founder, what it says of itself, and its end.
//
// Requests are named before they are awaited: GCC 12 destroys a temporary made by braces within a co_await expression twice.

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>
#include <fstream>
#include <random>

#include "orchestrator/config/prepare_files.hpp"
#include "orchestrator/election/random_id.hpp"
#include "orchestrator/run/gather.hpp"
#include "orchestrator/run/membership.hpp"
#include "orchestrator/run/supervisor.hpp"
#include "orchestrator/server/initialise.hpp"
#include "orchestrator/server/inspect.hpp"
#include "orchestrator/server/upgrade.hpp"
#include "proxy/bad_setting.hpp"
#include "proxy/log_text.hpp"

namespace mgc::orchestrator {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto patience_with_electors = 3000ms;
constexpr auto patience_with_farewells = 1500ms;
constexpr auto longest_back_off = 30s;
constexpr auto time_to_heal = 5s;          // for a component that was told to be Primary, or that refused
constexpr auto nobody_there_after = 120s;  // Galera itself gives up after 30 s where it can
constexpr auto between_notes = 10s;        // of a position that moves
constexpr auto steady_after = 60s;         // as a member: what failed before is forgotten

// Two candidates that have spoilt each other's ballots must not do so again.
std::chrono::milliseconds random_pause() {
  static std::minstd_rand random{std::random_device{}()};
  return std::chrono::milliseconds{std::uniform_int_distribution<int>{100, 700}(random)};
}

// The last line of the server's log with an error, of its last 64 KB; for people.
std::string last_error_in(const std::string& log) {
  constexpr std::streamoff most = 64 * 1024;
  std::ifstream file{log, std::ios::binary | std::ios::ate};
  const auto size = static_cast<std::streamoff>(file.tellg());
  file.seekg(std::max<std::streamoff>(size - most, 0));
  std::string found = "none";
  for (std::string line; std::getline(file, line);) {
    if (line.find("[ERROR]") != std::string::npos) found = proxy::for_log(line, 500);
  }
  return found;
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

// mariadb-backup cannot prepare what a server of another series has written, and that would be found out when all has been copied.
std::string supervisor::copy_between_versions(node_number primary) const {
  const bool whole = !known_position(data_);
  const auto method = option_value(host_.settings, "wsrep_sst_method");
  if (!whole || method.find("mariabackup") == std::string::npos) return {};
  const auto& one = peers_.at(primary).report;
  const auto theirs = one ? find_version(one->server_version) : std::nullopt;
  if (!theirs || !installed_) return {};
  if (theirs->major == installed_->major && theirs->minor == installed_->minor) return {};
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

// ---- the process

void supervisor::start_server(const server_start& how) {
  const auto give_up = [this](const std::string& why) {
    server_ = server_state::down;
    not_before_ = clock::now() + longest_back_off;
    hopeless_ = true;
    enter(phase::backing_off, why);
  };
  if (const auto forgotten = forget_view(host_.settings.directories.data); !forgotten)
    return give_up(forgotten.error());
  auto started = server_process::start(host_, how);
  if (!started) return give_up(started.error());
  process_.emplace(std::move(*started));
  ++starts_;
  server_ = server_state::starting;
  expected_end_ = false;
  upgrade_tried_ = false;
  seen_.reset();
  view_before_.reset();
  data_.view.reset();
  watch_ = std::make_unique<server_watch>(context_, host_.settings,
                                          [this](const server_observation& now) { server_said(now); });
  asio::co_spawn(
      context_,
      [this]() -> asio::awaitable<void> {
        (void)co_await process_->ended();
        wake();
      },
      asio::detached);
}

// While the server starts: what has come to it, and whether there is anybody to start with.
void supervisor::watch_start() {
  std::error_code ignored;
  if (memory_.untouched && std::filesystem::exists(host_.settings.directories.data + "/mysql", ignored)) {
    saw_data(memory_);
    (void)save();
  }
  const bool outside = seen_ && seen_->answers && seen_->galera && !seen_->primary_component;
  const auto running = budget_ != nullptr ? budget_->transfers() : std::vector<shaper::transfer_view>{};
  const bool transfers = !running.empty();
  if (transfers) {
    const auto& one = running.front();
    enter(phase::starting, fmt::format("receives its data by {} from {}{}{}", one.identity.kind,
                                       one.identity.peer, one.stage.empty() ? "" : ": ", one.stage));
  }
  if (!transfers && seen_) {
    hopeless_ = seen_->refused;
    enter(phase::starting, seen_->answers
                               ? fmt::format("the server says: {}, {}", seen_->cluster_status, seen_->state)
                               : fmt::format("the server does not answer yet: {}", seen_->problem));
  }
  // A founder recovers its data for as long as it takes.
  const bool alone = process_ && !memory_.bootstrapping && in_cluster() && !hears_primary() && !transfers &&
                     (outside || !seen_ || !seen_->answers);
  if (!alone) {
    alone_since_.reset();
  } else if (!alone_since_) {
    alone_since_ = clock::now();
  } else if (clock::now() > *alone_since_ + nobody_there_after) {
    alone_since_.reset();
    expected_end_ = true;
    enter(phase::starting, "the server found no Primary component; it is stopped, to decide anew");
    process_->stop();
  }
}

void supervisor::server_said(const server_observation& now) {
  const auto before = server_;
  seen_ = now;
  server_ = state_of(now, before);
  if (now.answers && now.galera && !now.history.empty()) {
    data_.kind = data_kind::crashed;
    data_.history = now.history;
    data_.position = now.last_committed;
    data_.last_one = false;
  }
  if (server_ == before) return;
  if (server_ == server_state::non_primary) {
    cut_off_since_ = clock::now();
    data_.view = read_view(host_.settings.directories.data, memory_);
    was_cut_off(memory_);
    (void)save();
    enter(phase::cut_off, "the server is in no Primary component any more");
  } else if (server_ == server_state::primary) {
    member_since_ = clock::now();
    drop_order("this node is a member of a Primary component now");
    note_membership();
  }
  wake();
}

// The journal first, then what the others hear.
void supervisor::note_membership() {
  if (clock::now() > member_since_ + steady_after) failures_ = 0;
  hopeless_ = seen_ && seen_->refused;
  const auto now_is = upgrading_ ? phase::upgrading : phase::running;
  if (!seen_ || !seen_->answers) {
    enter(now_is, fmt::format("the server does not answer: {}", seen_ ? seen_->problem : "not asked yet"));
    return;
  }
  if (!in_cluster() || !seen_->primary_component) {
    enter(now_is, "the server answers");
    return;
  }
  enter(now_is, fmt::format("{} of {} nodes are members; this one is {}", seen_->cluster_size,
                            std::max<std::size_t>(cluster_.size(), 1), seen_->state));
  // When more than one component has passed between two looks, this server can have been cut off and have found back to one of
  // another epoch.
  if (seen_->configuration != configuration_ && seen_->configuration != configuration_ + 1)
    was_cut_off(memory_);
  configuration_ = seen_->configuration;
  const auto peers = heard();
  const auto epochs = epochs_of(memory_, *seen_, peers);
  if (!epochs) {
    (void)save();
    return;
  }
  std::set<node_number> down;
  for (const auto& other : peers) {
    if (other.server == server_state::down) down.insert(other.node);
  }
  companions_by_memory members;
  for (const auto node :
       members_among(host_.settings.nodes, seen_->incoming_addresses, seen_->cluster_size)) {
    const auto other = peers_.find(node);
    members[node] =
        other != peers_.end() && other->second.report ? other->second.report->memory : std::string{};
  }
  members[host_.settings.self] = memory_.memory;
  // The position alone is worth a write now and then.
  const bool as_before = memory_.history == seen_->history && memory_.epochs == *epochs && !memory_.uncertain;
  const bool recent = as_before && clock::now() < noted_at_ + between_notes;
  became_member(memory_, seen_->history, *epochs, recent ? memory_.noted_at : seen_->last_committed, members,
                down);
  if (!recent) noted_at_ = clock::now();
  note_applied_view();
  (void)save();
}

// The component on record was there before and after this look, in which its beginning was applied and nothing waited.
void supervisor::note_applied_view() {
  auto view = read_view(host_.settings.directories.data, memory_);
  if (view && view_before_ && view->number == view_before_->number &&
      view->members == view_before_->members && view->members == seen_->applied_members &&
      seen_->receive_queue == 0) {
    memory_.applied = view;
    memory_.applied->applied = true;
  }
  view_before_ = std::move(view);
}

asio::awaitable<void> supervisor::server_ended() {
  const auto status = *process_->status();
  watch_.reset();
  process_.reset();
  seen_.reset();
  if (expected_end_) {
    spdlog::info("the server ended ({})", to_string(status));
  } else {
    ++unexpected_ends_;
    ++failures_;
    const auto pause =
        std::min<std::chrono::seconds>(1s * (1U << std::min(failures_ - 1, 5U)), longest_back_off);
    not_before_ = clock::now() + (failures_ == 1 ? 0s : pause);
    last_words_ = last_error_in(host_.settings.directories.logs + "/error.log");
    spdlog::error("the server ended by itself ({}); the last error in {}/error.log: {}", to_string(status),
                  host_.settings.directories.logs, last_words_);
  }
  expected_end_ = false;
  co_await look_at_data();
  if (clock::now() < not_before_)
    enter(phase::backing_off, fmt::format("the server ended {} times in a row; the last error in its log: {}",
                                          failures_, last_words_));
}

// One node at a time, each its own tables.
void supervisor::upgrade_if_needed() {
  if (upgrade_tried_ || !installed_ || (in_cluster() && (!seen_ || seen_->state != "Synced"))) return;
  auto made_by = version_of_data(host_.settings.directories.data);
  if (!made_by && wants_copy_) {  // a copy comes without the note of its version; it is the donor's
    for (const auto& other : heard()) {
      if (other.server == server_state::primary) made_by = find_version(other.server_version);
    }
    if (made_by) note_version_of_data(host_.settings.directories.data, *made_by);
  }
  if (!needs_upgrade(made_by, *installed_)) {
    upgrade_tried_ = true;
    return;
  }
  for (const auto& [number, one] : peers_) {
    if (one.report && one.report->phase == to_string(phase::upgrading)) return;
  }
  upgrade_tried_ = true;
  enter(phase::upgrading,
        fmt::format("the system tables are of {}, the server is {}",
                    made_by ? to_string(*made_by) : "an unknown version", to_string(*installed_)));
  upgrading_ = true;
  asio::co_spawn(context_, upgrade(host_),
                 [this](std::exception_ptr failed, boost::system::result<bool, std::string> upgraded) {
                   upgrading_ = false;
                   if (!failed && !upgraded) spdlog::error("{}", upgraded.error());
                   wake();
                 });
}

}  // namespace mgc::orchestrator
