#include "orchestrator/server/inspect.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include "orchestrator/server/datadir_facts.hpp"
#include "orchestrator/server/durable_files.hpp"
#include "orchestrator/server/gvwstate.hpp"
#include "orchestrator/server/new_datadir.hpp"
#include "orchestrator/server/position_recovery.hpp"

namespace mgc::orchestrator {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

// A directory of tables, by what the server puts into one.
bool has_tables(const fs::directory_entry& entry) {
  constexpr std::array<std::string_view, 3> kinds{".frm", ".ibd", ".opt"};
  std::error_code ignored;
  if (!entry.is_directory(ignored)) return false;
  return std::ranges::any_of(fs::directory_iterator{entry.path(), ignored}, [&](const auto& file) {
    return std::ranges::find(kinds, file.path().extension().string()) != kinds.end();
  });
}

// The files of the system tablespace may be elsewhere, and have other names.
bool has_system_tablespace(const node_settings& settings) {
  const auto home = option_value(settings, "innodb_data_home_dir");
  if (!option_value(settings, "innodb_data_file_path").empty()) return true;
  std::error_code ignored;
  return std::ranges::any_of(
      fs::directory_iterator{home.empty() ? settings.directories.data : home, ignored},
      [](const auto& entry) { return entry.path().filename().string().starts_with("ibdata"); });
}

void read_grastate(const std::string& path, datadir_facts& facts) {
  const auto text = read_small_file(path);
  facts.has_grastate = text || text.error() != boost::system::errc::no_such_file_or_directory;
  if (!facts.has_grastate) return;
  auto state = text ? parse_grastate(*text) : answer<grastate>{failure{text.error().message()}};
  if (state) {
    facts.state = *std::move(state);
  } else {
    spdlog::error("{}: {}", path, state.error());
  }
}

answer<datadir_facts> look(const node_settings& settings) {
  const fs::path data{settings.directories.data};
  datadir_facts facts;
  std::error_code failed;
  const fs::directory_iterator entries{data, failed};
  if (failed == std::errc::no_such_file_or_directory) return facts;
  if (failed) return failure{fmt::format("cannot be read: {}", failed.message())};
  for (const auto& entry : entries) {
    const auto name = entry.path().filename().string();
    if (facts.of_a_server.empty() && is_of_a_server(name, has_tables(entry))) facts.of_a_server = name;
  }
  std::error_code ignored;
  facts.incomplete = fs::exists(data / incomplete_marker, ignored);
  facts.transfer = fs::exists(data / "sst_in_progress", ignored);
  facts.system_tables = fs::is_directory(data / "mysql", ignored) && !fs::is_empty(data / "mysql", ignored);
  facts.innodb = has_system_tablespace(settings);
  read_grastate(data / "grastate.dat", facts);
  return facts;
}

answer<std::optional<recorded_view>> try_view(const std::string& path) {
  const auto text = read_small_file(path);
  if (!text && text.error() == boost::system::errc::no_such_file_or_directory) return std::nullopt;
  if (!text) return failure{text.error().message()};
  auto view = parse_gvwstate(*text);
  if (!view) return failure{view.error()};
  return std::optional{*std::move(view)};
}

void remove_broken_view(const std::string& datadir) {
  const auto path = datadir + "/gvwstate.dat";
  const auto view = try_view(path);
  if (view) return;
  const auto failed = remove_file(path);
  spdlog::warn("{} {}: {}", path, view.error(),
               failed ? "it cannot be removed either: " + failed.message()
                      : "a server would not start with it; removed");
}

asio::awaitable<answer<>> recover(const server_host& host, const datadir_facts& facts, local_data& into) {
  if (host.settings.mode == cluster_mode::plain) co_return done;
  spdlog::info("{}: {}; asking InnoDB for its position", host.settings.directories.data,
               into.kind == data_kind::crashed ? "the server was not stopped" : "not known to be consistent");
  const auto found = co_await recover_position(host);
  if (!found) co_return failure{found.error()};
  spdlog::info("{}: the position is {}:{}", host.settings.directories.data,
               found->history.empty() ? "none" : found->history, found->position);
  into.history = found->history;
  into.position = found->position;
  if (into.kind == data_kind::crashed && found->history.empty()) into.history = facts.state->history;
  co_return done;
}

// Nobody but Galera may have said it, and of this very data.
bool is_last_one(const datadir_facts& facts, const local_data& data, const journal& memory) {
  return (data.kind == data_kind::clean || data.kind == data_kind::crashed) && data.position != no_seqno &&
         facts.state->history == data.history && facts.state->safe_to_bootstrap == true && !memory.wrote_safe;
}

}  // namespace

asio::awaitable<answer<local_data>> inspect(const server_host& host, const journal& memory) {
  const auto& directory = host.settings.directories.data;
  const auto failed = [&](const std::string& why) {
    return fmt::format("the data directory {} {}", directory, why);
  };
  const auto facts = look(host.settings);
  if (!facts) co_return failed(facts.error());
  const auto found = classify(*facts);
  if (!found) co_return failed(found.error());
  if (!found->note.empty()) spdlog::info("{}: {}", directory, found->note);

  local_data data;
  data.kind = found->kind;
  if (data.kind == data_kind::plain && !memory.history.empty()) {
    spdlog::warn("{}: grastate.dat is gone, but this node was in a cluster", directory);
    data.kind = data_kind::unsafe;
  }
  if (data.kind == data_kind::clean) {
    data.history = facts->state->history;
    data.position = facts->state->position;
  }
  if (data.kind == data_kind::crashed || data.kind == data_kind::unsafe) {
    const auto recovered = co_await recover(host, *facts, data);
    if (!recovered) co_return failed(fmt::format("cannot be used: {}", recovered.error()));
    // A founder that died before its first transaction: no history ever was in this data.
    if (data.kind == data_kind::unsafe && data.history.empty() && facts->state && memory.history.empty())
      data.kind = data_kind::plain;
  }
  data.last_one = is_last_one(*facts, data, memory);
  remove_broken_view(directory);
  data.view = read_view(directory, memory);
  if (!data.view && data.kind == data_kind::crashed && memory.view_position == data.position)
    data.view = memory.view;
  co_return data;
}

std::optional<recorded_view> read_view(const std::string& datadir, const journal& memory) {
  const auto view = try_view(datadir + "/gvwstate.dat");
  if (!view || !*view) return std::nullopt;
  return complete(**view, memory);
}

answer<> forget_view(const std::string& datadir) {
  const auto path = datadir + "/gvwstate.dat";
  if (const auto failed = remove_file(path))
    return failure{fmt::format("{} cannot be removed: {}", path, failed.message())};
  return done;
}

answer<> forget_position(const std::string& datadir) {
  const auto path = datadir + "/grastate.dat";
  if (const auto failed = remove_file(path))
    return failure{fmt::format("{} cannot be removed: {}", path, failed.message())};
  return done;
}

answer<> allow_bootstrap(const std::string& datadir) {
  const auto path = datadir + "/grastate.dat";
  const auto bad = [&](const std::string& why) { return failure{fmt::format("{}: {}", path, why)}; };
  const auto text = read_small_file(path);
  if (!text) return bad(text.error().message());
  auto state = parse_grastate(*text);
  if (!state) return bad(state.error());
  if (state->safe_to_bootstrap == true) return done;
  state->safe_to_bootstrap = true;
  if (const auto failed = replace_file(path, to_text(*state)))
    return bad(fmt::format("cannot be written: {}", failed.message()));
  return done;
}

}  // namespace mgc::orchestrator
