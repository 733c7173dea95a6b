#include "orchestrator/election/history.hpp"

#include <algorithm>

namespace mgc::orchestrator {
namespace {

// Up to this position `epochs` has none that `past` lacks, among those young enough for `past` to remember.
bool within(const lineage& epochs, const lineage& past, seqno position) {
  return std::all_of(epochs.begin(), epochs.end(), [&](const epoch& opened) {
    return opened.number < past.front().number || position <= opened.began_at ||
           std::find(past.begin(), past.end(), opened) != past.end();
  });
}

}  // namespace

bool continues(const lineage& of_theirs, const lineage& of_mine, seqno mine, seqno noted_at) {
  if (of_theirs.empty() || of_mine.empty()) return true;
  return within(of_theirs, of_mine, std::min(mine, noted_at)) && within(of_mine, of_theirs, mine);
}

bool diverge(const lineage& one, const lineage& other) {
  if (one.empty() || other.empty()) return false;
  const auto lacks = [](const lineage& of, const lineage& in) {
    return std::any_of(of.begin(), of.end(), [&](const epoch& opened) {
      return opened.number >= in.front().number && opened.number <= in.back().number &&
             std::find(in.begin(), in.end(), opened) == in.end();
    });
  };
  return lacks(one, other) || lacks(other, one);
}

std::uint64_t newest(const lineage& epochs) { return epochs.empty() ? 0 : epochs.back().number; }

}  // namespace mgc::orchestrator
