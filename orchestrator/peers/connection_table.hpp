#pragma once

// The connections of a listener, and who has to go when there is no room for another one. Core.

#include <cstddef>
#include <functional>
#include <list>
#include <optional>

#include "orchestrator/peers/gatekeeper.hpp"

namespace mgc::orchestrator {

struct open_connection {
  caller who;
  standing counts_as = standing::stranger;
  std::function<void()> close;
};

class connection_table {
 public:
  using entry = std::list<open_connection>::iterator;

  connection_table(std::size_t most, std::size_t most_of_one) : most_{most}, most_of_one_{most_of_one} {}

  // A place for a newcomer, if need be that of the oldest connection which counts least and for no more than he does; it is
  // closed, and leaves when its owner notices. Unset: there is none.
  std::optional<entry> admit(open_connection newcomer);
  void leave(entry gone) { open_.erase(gone); }
  void close_all();

 private:
  template <class IsMeant>
  bool make_room(const open_connection& newcomer, std::size_t most, IsMeant is_meant);

  std::size_t most_;
  std::size_t most_of_one_;
  std::list<open_connection> open_;  // oldest first
};

}  // namespace mgc::orchestrator
