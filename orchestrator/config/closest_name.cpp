#include "orchestrator/config/closest_name.hpp"

#include <algorithm>
#include <vector>

namespace mgc::orchestrator {
namespace {

constexpr std::size_t longest_name = 100;

// Rows of the usual table, three of which are enough: exchanged letters look two rows back.
std::size_t slips_between(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> now(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      const bool exchanged = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (exchanged) now[j] = std::min(now[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, now);
  }
  return last[b.size()];
}

}  // namespace

std::string closest_name(std::string_view wanted, std::span<const std::string> names) {
  if (wanted.size() > longest_name) return {};
  std::string closest;
  auto fewest = std::max<std::size_t>(1, std::min<std::size_t>(3, wanted.size() / 4)) + 1;
  for (const auto& name : names) {
    if (name.size() > longest_name) continue;
    const auto slips = slips_between(wanted, name);
    if (slips >= fewest) continue;
    fewest = slips;
    closest = name;
  }
  return closest;
}

}  // namespace mgc::orchestrator
