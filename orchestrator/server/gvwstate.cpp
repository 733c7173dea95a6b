#include "orchestrator/server/gvwstate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "orchestrator/server/grastate.hpp"
#include "orchestrator/server/text_lines.hpp"
#include "proxy/log_text.hpp"

namespace mgc::orchestrator {
namespace {

constexpr std::string_view primary_view = "3";

// Reads one file, line by line; `wrong` is the first thing that is.
struct reader {
  recorded_view view;
  bool has_id = false;
  bool ended = false;
  std::optional<std::string> wrong;

  std::string id(std::string_view text) {
    auto parsed = parse_history(text);
    if (!parsed || parsed->empty()) {
      wrong = parsed ? "a UUID of zeros" : parsed.error();
      return {};
    }
    return *std::move(parsed);
  }

  void view_id(const std::vector<std::string_view>& words) {
    if (words.size() != 4) {
      wrong = "view_id must be followed by a type, a UUID and a number";
      return;
    }
    (void)id(words[2]);
    if (wrong) return;
    const auto* const end = words[3].data() + words[3].size();
    const auto [rest, failed] = std::from_chars(words[3].data(), end, view.number);
    if (failed != std::errc{} || rest != end) {
      wrong = fmt::format("'{}' is no number of a view", proxy::for_log(words[3], 64));
    } else if (words[1] != primary_view) {
      wrong = fmt::format("a view of type {}, not that of a Primary component ({})",
                          proxy::for_log(words[1], 16), primary_view);
    }
    has_id = true;
  }

  void line(std::string_view text) {
    const auto words = words_of(text);
    if (words.empty()) return;
    const auto key = words.front();
    if (key == "#vwend") {
      ended = true;
    } else if (key == "view_id:") {
      view_id(words);
    } else if (key == "my_uuid:" || key == "member:") {
      if (words.size() < 2) {
        wrong = fmt::format("{} without a UUID", key);
      } else if (key == "my_uuid:") {
        view.me = id(words[1]);
      } else if (view.members.size() == most_members) {
        wrong = fmt::format("more than {} members", most_members);
      } else {
        view.members.push_back(id(words[1]));
      }
    }
  }

  std::optional<std::string> missing() const {
    if (view.me.empty()) return "has no my_uuid";
    if (!has_id) return "has no view_id";
    if (!ended) return "is cut off: there is no #vwend";
    if (std::find(view.members.begin(), view.members.end(), view.me) == view.members.end())
      return fmt::format("this node, {}, is not among its members", view.me);
    return std::nullopt;
  }
};

}  // namespace

answer<recorded_view> parse_gvwstate(std::string_view text) {
  if (trimmed(text).empty()) return failure{"is empty"};
  reader reading;
  unsigned number = 0;
  for (const auto line : lines_of(text)) {
    ++number;
    reading.line(line);
    if (reading.wrong) return failure{fmt::format("line {}: {}", number, *reading.wrong)};
  }
  if (auto wrong = reading.missing()) return failure{*std::move(wrong)};
  return std::move(reading.view);
}

}  // namespace mgc::orchestrator
