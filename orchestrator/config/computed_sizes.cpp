#include "orchestrator/config/computed_sizes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mgc::orchestrator {
namespace {

constexpr std::uint64_t megabyte = std::uint64_t{1} << 20;
constexpr std::uint64_t gigabyte = std::uint64_t{1} << 30;
constexpr std::uint64_t largest_sum = std::uint64_t{1} << 50;  // keeps products below exact

std::uint64_t whole_megabytes(std::uint64_t bytes) { return bytes / megabyte * megabyte; }

}  // namespace

std::uint64_t buffer_pool_size(std::uint64_t memory) {
  memory = std::min(memory, largest_sum);
  const std::uint64_t percent = memory <= gigabyte ? 25 : memory <= 4 * gigabyte ? 50 : 60;
  return std::max(whole_megabytes(memory / 100 * percent), 32 * megabyte);
}

std::uint64_t redo_log_size(std::uint64_t buffer_pool, std::uint64_t disk) {
  auto size = std::clamp(buffer_pool / 4, 96 * megabyte, 2 * gigabyte);
  if (disk != 0) size = std::min(size, std::max(disk / 20, 16 * megabyte));
  return whole_megabytes(size);
}

unsigned most_connections(std::uint64_t memory, std::uint64_t buffer_pool) {
  const auto left = memory > buffer_pool ? memory - buffer_pool : 0;
  return static_cast<unsigned>(std::clamp<std::uint64_t>(left / (4 * megabyte), 100, 2000));
}

unsigned applier_threads(unsigned processors, std::uint64_t memory) {
  return std::clamp(std::min(processors, 1024U) * 2, 2U, memory < gigabyte ? 4U : 32U);
}

std::uint64_t gcache_size_for(std::uint64_t wanted, std::uint64_t disk) {
  if (disk == 0) return wanted;
  return whole_megabytes(std::max(std::min(wanted, disk / 4), std::min(wanted, 128 * megabyte)));
}

std::uint32_t server_id_for(unsigned number, const std::string& address) {
  if (number != 0) return number;
  std::uint32_t hash = 2166136261;  // FNV-1a
  for (const char c : address) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 16777619;
  }
  constexpr std::uint32_t above_all_numbers = 1U << 16;
  return hash | above_all_numbers;
}

std::string in_megabytes(std::uint64_t bytes) { return fmt::format("{}M", bytes / megabyte); }

}  // namespace mgc::orchestrator
