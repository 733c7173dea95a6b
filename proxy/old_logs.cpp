#include "proxy/old_logs.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <filesystem>

namespace mgc::proxy {

namespace fs = std::filesystem;

void archive_log(const sst_context& context, const std::string& log) {
  std::error_code failed;
  if (context.settings.archive_logs) fs::create_directories(context.settings.log_archive_directory, failed);
  if (!fs::exists(log, failed)) return;
  if (context.settings.archive_logs) {
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    const fs::path archive{context.settings.log_archive_directory};
    const auto target = archive / fmt::format("{}.{:%Y.%m.%d-%H.%M.%S}", fs::path{log}.filename().string(),
                                              fmt::localtime(now));
    failed = {};
    fs::copy_file(log, target, fs::copy_options::overwrite_existing, failed);
    if (failed)
      context.process.warn(fmt::format(
          "the old {} could not be kept as {}: {}; [sst] sst-log-archive-dir can name another place", log,
          target.string(), failed.message()));
  }
  fs::remove(log, failed);
}

}  // namespace mgc::proxy
