#include "orchestrator/election/history.hpp"

#include <algorithm>

namespace mgc::orchestrator {
namespace {

// The position up to which `one` has no epoch that `other` lacks, among those young enough for `other` to remember.
bool within(const lineage& one, const lineage& other, seqno position) {
  return std::all_of(one.begin(), one.end(), [&](const epoch& opened) {
    return opened.number < other.front().number || position <= opened.began_at ||
           std::find(other.begin(), other.end(), opened) != other.end();
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
