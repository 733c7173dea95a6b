// The server's process: its start, what is heard of it, its end, and the upgrade of what it finds.

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <filesystem>
#include <fstream>

#include "orchestrator/run/supervisor.hpp"
#include "orchestrator/server/inspect.hpp"
#include "orchestrator/server/upgrade.hpp"
#include "proxy/log_text.hpp"

namespace mgc::orchestrator {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto longest_back_off = 30s;
constexpr auto nobody_there_after = 120s;  // Galera itself gives up after 30 s where it can

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

}  // namespace

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
    // Galera opens the connection of an IST before it knows whether it needs one.
    const auto full = std::find_if(running.begin(), running.end(), [](const auto& transfer) {
      return !transfer.identity.kind.starts_with("IST");
    });
    const auto& one = full == running.end() ? running.front() : *full;
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
