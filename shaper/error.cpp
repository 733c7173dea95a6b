#include "shaper/error.hpp"

#include <string>

namespace mgc::shaper {
namespace {

class shaper_category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "mgc.shaper"; }

  std::string message(int value) const override {
    switch (static_cast<error>(value)) {
      case error::rate_malformed:
        return "not a rate; give KB/s (6000), a unit (6000k, 50M, 1G, 400mbit) or 'unlimited'";
      case error::rate_zero:
        return "a rate of 0 would never finish; the least is 1 KB/s (a shared budget can be set to 'pause')";
      case error::rate_negative: return "a rate cannot be negative; the least is 1 KB/s";
      case error::rate_too_small: return "below the least rate, 1 KB/s (1 KB is 1024 bytes)";
      case error::rate_too_large:
        return "above the highest rate, 1048576M (1 TiB/s); use 'unlimited' for no limit";
      case error::size_malformed:
        return "not a size; give bytes (2400000000) or a unit (600k, 2400M, 3G; 1k is 1024 bytes)";
      case error::size_too_large: return "above the largest size, 8 EiB";
      case error::endpoint_malformed:
        return "not an address; give HOST:PORT, 192.0.2.1:4444 or [2001:db8::1]:4444";
      case error::endpoint_port_out_of_range: return "the port must be a number from 0 to 65535";
      case error::endpoint_is_own:
        return "that is where this relay listens itself; it would connect to itself without end";
      case error::budget_not_a_file:
        return "not a regular file; name a file that does not exist yet or one made by --budget";
      case error::budget_truncated:
        return "too short for a budget file; remove it when no transfer uses it, and it is made anew";
      case error::budget_foreign: return "not a budget file; it was left as it is: name another file";
      case error::budget_other_version:
        return "a budget file of another version of mgc; remove it when no transfer uses it, and it is made "
               "anew";
      case error::budget_corrupt:
        return "a budget file with impossible contents; remove it when no transfer uses it, and it is made "
               "anew";
      case error::status_not_ours:
        return "something else than a status file is there, and was left as it is; name another file";
      case error::transfer_idle: return "nothing moved for longer than --idle-timeout";
      case error::transfer_cancelled: return "the transfer was cancelled";
    }
    return "unknown shaper error";
  }
};

}  // namespace

const boost::system::error_category& category() noexcept {
  static const shaper_category instance;
  return instance;
}

error_code make_error_code(error e) noexcept { return {static_cast<int>(e), category()}; }

}  // namespace mgc::shaper
