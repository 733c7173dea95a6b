#pragma once

// The journal on disk: LOCK_DIR/election.json. I/O ring; blocks, for as long as the disk takes to sync.

#include <optional>
#include <string>

#include "orchestrator/election/journal.hpp"
#include "proxy/error.hpp"

namespace mgc::orchestrator {

class journal_file {
 public:
  explicit journal_file(std::string path) : path_{std::move(path)} {}

  const std::string& path() const { return path_; }

  // Unset when there is none. Throws bad_setting when there is one that cannot be used: what it promised is not known then, and
  // only an operator can say that it does not matter.
  std::optional<journal> read() const;

  // When it returns without an error, the new contents survive a loss of power.
  [[nodiscard]] proxy::error_code write(const journal& what) const;

 private:
  std::string path_;
};

}  // namespace mgc::orchestrator
