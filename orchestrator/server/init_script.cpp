#include "orchestrator/server/init_script.hpp"

namespace mgc::orchestrator {

init_script script_of(std::string_view name) {
  if (name.starts_with('.')) return other_file{};
  if (name.ends_with(".sh")) return shell_script{};
  if (name.ends_with(".sql")) return sql_script{};
  if (name.ends_with(".sql.gz")) return sql_script{"gzip"};
  if (name.ends_with(".sql.xz")) return sql_script{"xz"};
  if (name.ends_with(".sql.zst")) return sql_script{"zstd"};
  if (name.ends_with(".env")) return configuration_file{};
  return other_file{};
}

}  // namespace mgc::orchestrator
