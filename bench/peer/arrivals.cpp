#include "bench/peer/arrivals.hpp"

#include <ctime>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace mgc::bench {

void arrivals::record(std::int64_t now, std::uint64_t bytes) {
  if (bins_.empty()) first_ = now;
  last_ = now;
  total_ += bytes;
  const auto bin = static_cast<std::size_t>(now / bin_width_ - first_ / bin_width_);
  if (bin >= bins_.size()) bins_.resize(bin + 1);
  bins_[bin] += bytes;
}

std::string arrivals::to_json() const {
  std::ostringstream out;
  out << R"({"end": ")" << end_ << R"(", "bytes": )" << total_ << R"(, "first_ns": )" << first_
      << R"(, "last_ns": )" << last_ << R"(, "bin_ns": )" << bin_width_ << R"(, "first_bin": )"
      << first_ / bin_width_ << R"(, "bins": [)";
  const char* comma = "";
  for (const auto bytes : bins_) {
    out << comma << bytes;
    comma = ",";
  }
  out << "]}";
  return out.str();
}

void write_arrivals(const std::string& path, const std::vector<const arrivals*>& flows) {
  std::ofstream out{path};
  out << R"({"flows": [)";
  const char* comma = "";
  for (const auto* flow : flows) {
    out << comma << "\n" << flow->to_json();
    comma = ",";
  }
  out << "\n]}\n";
  if (!out.flush()) throw std::runtime_error{"cannot write " + path};
}

std::int64_t monotonic_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace mgc::bench
