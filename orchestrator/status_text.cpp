#include "orchestrator/status_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "orchestrator/node_text.hpp"

namespace mgc::orchestrator {
namespace {

using shaper::to_string;

std::string first_line(const transfers_status& status) {
  if (status.budget_file.empty()) return "No transfer since this machine started";
  const auto running = status.transfers.size();
  return fmt::format("Limit {}, {} (budget {})", to_string(status.limit),
                     running == 0   ? "no transfer is running"
                     : running == 1 ? "1 transfer is running"
                                    : fmt::format("{} transfers are running", running),
                     printable(status.budget_file));
}

std::vector<std::string> head_lines(const transfers_status& status) {
  std::vector<std::string> lines;
  if (status.node) {
    lines = node_lines(*status.node);
    lines.emplace_back();
  }
  if (!status.node_problem.empty()) lines.push_back(printable(status.node_problem));
  lines.push_back(first_line(status));
  return lines;
}

std::string name_of(const transfer_status& transfer) {
  auto name = transfer.kind;
  if (!transfer.peer.empty()) name += fmt::format(" {}", transfer.peer);
  if (!transfer.stage.empty()) name += fmt::format(": {}", transfer.stage);
  return name;
}

boost::json::object to_json(const transfer_status& transfer) {
  using seconds = std::chrono::duration<double>;
  boost::json::object object{
      {"kind", transfer.kind},
      {"peer", transfer.peer},
      {"stage", transfer.stage.empty() ? boost::json::value(nullptr) : boost::json::value(transfer.stage)},
      {"pid", transfer.pid},
      {"started", seconds{transfer.started.time_since_epoch()}.count()},
  };
  const auto figures = boost::json::parse(shaper::progress_json(transfer.progress, "", "")).as_object();
  for (const auto& [key, value] : figures) {
    if (key != "state" && key != "error") object[key] = value;
  }
  return object;
}

}  // namespace

transfers_status status_sampler::look(const std::vector<shaper::transfer_view>& transfers, shaper::rate limit,
                                      const moment& now) {
  transfers_status status{budget_file_, limit, {}};
  std::map<key, shaper::progress_meter> seen;
  for (const auto& view : transfers) {
    const key name{view.started, view.pid, view.identity.kind, view.identity.peer};
    auto meter = meters_.extract(name);
    if (meter) {
      seen.insert(std::move(meter));
    } else {
      const auto age = std::max<shaper::duration>(now.wall - view.started, shaper::duration{0});
      seen.emplace(name, shaper::progress_meter{now.steady - age, 0});
    }
    auto progress = seen.at(name).measure(view.figures, limit, now.steady);
    progress.total = view.identity.total;
    status.transfers.push_back({printable(view.identity.kind), printable(view.identity.peer),
                                printable(view.stage), view.pid, view.started, progress});
  }
  meters_ = std::move(seen);
  std::stable_sort(status.transfers.begin(), status.transfers.end(),
                   [](const auto& a, const auto& b) { return a.started < b.started; });
  return status;
}

std::string status_text(const transfers_status& status) {
  std::string text;
  for (const auto& line : head_lines(status)) text += line + "\n";
  for (const auto& transfer : status.transfers) {
    text += fmt::format("{}\n  {}\n", name_of(transfer), progress_line(transfer.progress));
  }
  return text;
}

std::string status_screen(const transfers_status& status, std::size_t columns, std::size_t rows) {
  constexpr std::size_t lines_each = 2;
  auto head = head_lines(status);
  if (head.size() > rows)
    head.erase(head.begin(), head.end() - static_cast<std::ptrdiff_t>(std::max<std::size_t>(rows, 1)));
  std::string text;
  for (const auto& line : head) text += line.substr(0, columns) + "\n";
  const auto room = rows > head.size() ? rows - head.size() : 0;
  const auto needed = lines_each * status.transfers.size();
  const auto shown = needed <= room ? status.transfers.size() : (room > 0 ? (room - 1) / lines_each : 0);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& transfer = status.transfers[i];
    text += name_of(transfer).substr(0, columns) + "\n" + progress_bar(transfer.progress, columns) + "\n";
  }
  if (const auto left = status.transfers.size() - shown; left > 0 && room > 0) {
    text += fmt::format("... and {} more", left).substr(0, columns) + "\n";
  }
  return text;
}

std::string status_json(const transfers_status& status) {
  boost::json::array transfers;
  for (const auto& transfer : status.transfers) transfers.push_back(to_json(transfer));
  auto object = status.node ? node_json(*status.node) : boost::json::object{};
  const bool is_limited = !status.budget_file.empty() && !status.limit.is_unlimited();
  object["budget"] = status.budget_file.empty() ? boost::json::value(nullptr)
                                                : boost::json::value(printable(status.budget_file));
  object["limit_bytes_per_second"] =
      is_limited ? boost::json::value(status.limit.count()) : boost::json::value(nullptr);
  object["transfers"] = std::move(transfers);
  return boost::json::serialize(object) + "\n";
}

}  // namespace mgc::orchestrator
