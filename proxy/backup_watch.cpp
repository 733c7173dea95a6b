#include "proxy/backup_watch.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "proxy/log_text.hpp"
#include "shaper/overloaded.hpp"
#include "shaper/progress.hpp"

namespace mgc::proxy {
namespace {

using clock = std::chrono::steady_clock;
constexpr std::chrono::seconds between_looks{1};

// The log is circular: nothing of its last `capacity` bytes can have been overwritten. mariadb-backup stops short of them too
// now and then (MDEV-39468; still seen with 10.11.19).
std::string explain(const sst_context& context, const redo_incomplete& redo) {
  const auto server = donor_server{login_of(context)}.sample();
  if (server && redo.wanted - std::min(redo.wanted, redo.copied) < server->log_capacity) {
    return fmt::format(
        "it stopped reading redo at {} of {} although nothing of it was overwritten: no setting is wrong, "
        "have the joiner try again",
        redo.copied, redo.wanted);
  }
  return fmt::format(
      "the server overwrote redo before it was copied ({} of {}): give it a larger innodb_log_file_size, or "
      "the transfer a higher limit",
      redo.copied, redo.wanted);
}

}  // namespace

backup_watch::backup_watch(const sst_context& context, donor_session& session, shaper::file_descriptor said,
                           const std::string& log)
    : context_{context},
      session_{session},
      said_{std::move(said)},
      log_{::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640)} {
  if (!log_)
    context.process.warn(fmt::format("what mariadb-backup says is not kept: cannot write {}: {}", log,
                                     last_error().message()));
  listener_ = std::thread{[this] { listen(); }};
  guard_ = std::thread{[this] { guard(); }};
}

void backup_watch::finish() {
  if (!listener_.joinable()) return;
  listener_.join();
  {
    const std::lock_guard lock{mutex_};
    has_ended_ = true;
    blocking_.reset();
    demand_ = {};
    set_exemption();
  }
  ended_.notify_all();
  guard_.join();
}

// Not every error looks like one: then what it said last is the best guess.
std::string backup_watch::why_it_failed() const {
  if (!why_it_failed_.empty()) return why_it_failed_;
  const auto end = tail_.find_last_not_of(" \n");
  if (end == std::string::npos) return "it did not say why";
  const auto begin = tail_.rfind('\n', end);
  return for_log(std::string_view{tail_}.substr(begin == std::string::npos ? 0 : begin + 1, end - begin),
                 500);
}

void backup_watch::streaming(const std::string& file) {
  const std::lock_guard lock{mutex_};
  if (!blocking_ && !demand_.is_raised()) session_.set_stage(file);
}

void backup_watch::listen() {
  backup_log lines;
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto got = ::read(said_.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    const std::string_view bytes{buffer.data(), static_cast<std::size_t>(got)};
    if (log_) (void)write_fully(log_.get(), bytes);
    lines.read(bytes, [this](const backup_event& event) { hear(event); });
    constexpr std::size_t enough = 2048;
    tail_ += bytes;
    if (tail_.size() > 2 * enough) tail_.erase(0, tail_.size() - enough);
  }
}

void backup_watch::hear(const backup_event& event) {
  std::visit(shaper::overloaded{
                 [this](stage_reached reached) { hear(reached.stage); },
                 [this](log_scanned scanned) { scanned_.store(scanned.lsn, std::memory_order_relaxed); },
                 [this](redo_incomplete redo) { why_it_failed_ = explain(context_, redo); },
                 [this](const backup_error& failed) {
                   if (why_it_failed_.empty()) why_it_failed_ = for_log(failed.text, 500);
                 },
                 [](const auto&) {},
             },
             event);
}

void backup_watch::hear(backup_stage stage) {
  const std::lock_guard lock{mutex_};
  const bool blocked = blocking_.has_value();
  if (blocks_clients(stage)) {
    if (!blocked) blocking_since_ = clock::now();
    blocking_ = stage;
    const bool lifts = !session_.limit().is_unlimited();
    const auto text = fmt::format("{}{}", to_string(stage), lifts ? ", limit lifted" : "");
    session_.set_stage(text);
    context_.process.note(
        text + (lifts ? ": clients that wait for its locks shall not wait for the limit too" : ""));
  } else {
    blocking_.reset();
    session_.set_stage(std::string{to_string(stage)});
    if (blocked)
      context_.process.note(
          fmt::format("the backup held locks that clients wait for during {:.2f} s",
                      std::chrono::duration<double>{clock::now() - blocking_since_}.count()));
  }
  set_exemption();
}

void backup_watch::guard() {
  donor_server server{login_of(context_)};
  redo_guard decide{std::max(context_.settings.backup_threads, 1U)};
  bool told = false;
  std::unique_lock lock{mutex_};
  while (!ended_.wait_for(lock, between_looks, [this] { return has_ended_; })) {
    lock.unlock();
    const auto seen = server.sample();
    lock.lock();
    if (!seen) {
      if (!told)
        context_.process.warn(
            fmt::format("the redo log cannot be watched, so a low limit could make the backup fail: {}",
                        for_log(seen.error().text)));
      told = true;
      continue;
    }
    const auto scanned = scanned_.load(std::memory_order_relaxed);
    apply(decide.look({.at = clock::now(),
                       .lsn_current = seen->lsn_current,
                       .lsn_last_checkpoint = seen->lsn_last_checkpoint,
                       .capacity = seen->log_capacity,
                       .lsn_copied = scanned > 0 ? std::optional{scanned} : std::nullopt,
                       .stream_bytes = streamed_.load(std::memory_order_relaxed),
                       .limit = session_.limit()}));
  }
}

void backup_watch::apply(const redo_demand& demand) {
  if (demand.is_raised() && !demand_.is_raised()) context_.process.warn(demand.reason);
  if (!demand.is_raised() && demand_.is_raised())
    context_.process.note("the redo log is safe again: the limit holds as set");
  demand_ = demand;
  if (demand_.is_raised() && !blocking_) session_.set_stage(demand_.reason);
  set_exemption();
}

// The larger of the two reasons counts.
void backup_watch::set_exemption() {
  if (blocking_) {
    session_.freed().grant(shaper::rate::unlimited(), clock::now());
  } else if (demand_.is_raised() && demand_.at_least > session_.limit()) {
    session_.freed().grant(demand_.at_least, clock::now());
  } else {
    session_.freed().end();
  }
}

}  // namespace mgc::proxy
