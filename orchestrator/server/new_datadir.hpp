#pragma once

// Where a data directory is made, and how it gets to its place in one step. I/O ring; blocks for as long as files are removed.
//
// Beside DATADIR, as DATADIR.new-XXXXXX, where a rename can then put it there. Where it cannot, because DATADIR is a mount point,
// has something of the operator's in it, or is in a directory that we may not write: in DATADIR/.mgc-new-XXXXXX. From there the
// files are moved up one by one, mysql/ last, while DATADIR/mgc_incomplete lists them.

#include <string>

#include "orchestrator/config/node_settings.hpp"
#include "orchestrator/server/answer.hpp"

namespace mgc::orchestrator {

// The list of a move that has not ended.
inline constexpr auto incomplete_marker = "mgc_incomplete";

// DATADIR is there, of the server's user, with nothing in it from an initialisation that did not end: for a node that gets
// its data from another one, too.
answer<> make_empty_datadir(const node_settings& settings);

class new_datadir {
 public:
  // Removes what runs left that did not end: nobody else is at it, because the caller holds the server's lock.
  static answer<new_datadir> make(const node_settings& settings);
  new_datadir(new_datadir&& other) noexcept;
  new_datadir& operator=(new_datadir&&) = delete;
  ~new_datadir();  // removes it, unless it is in its place

  const std::string& path() const { return path_; }

  // Everything in it is on disk before, and its place after.
  answer<> put_in_place();

 private:
  new_datadir(std::string path, std::string target, bool inside)
      : path_{std::move(path)}, target_{std::move(target)}, inside_{inside} {}
  answer<> move_up() const;

  std::string path_;  // empty: moved from, or in its place
  std::string target_;
  bool inside_;
};

}  // namespace mgc::orchestrator
