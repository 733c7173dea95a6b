#include "orchestrator/election/journal_file.hpp"

#include <fmt/format.h>

#include "orchestrator/server/durable_files.hpp"
#include "proxy/bad_setting.hpp"

namespace mgc::orchestrator {

std::optional<journal> journal_file::read() const {
  const auto text = read_small_file(path_);
  if (!text && text.error() == boost::system::errc::no_such_file_or_directory) return std::nullopt;
  const auto refuse = [this](std::string_view why) {
    return proxy::bad_setting{fmt::format(
        "{}: {}. It holds what this node promised to others; if none of the cluster's nodes is starting now, "
        "move it away",
        path_, why)};
  };
  if (!text) throw refuse(text.error().message());
  auto read = parse_journal(*text);
  if (!read) throw refuse(read.error().text);
  return std::move(*read);
}

proxy::error_code journal_file::write(const journal& what) const {
  return replace_file(path_, to_text(what));
}

}  // namespace mgc::orchestrator
