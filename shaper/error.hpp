#pragma once

// What can go wrong in the shaper beyond what the kernel reports, as boost::system error codes.
// Every message is written for the operator: what is wrong and what is allowed. The caller adds which option,
// file or address it was about.

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <cerrno>
#include <type_traits>

namespace mgc::shaper {

template <class T>
using result = boost::system::result<T>;
using boost::system::error_code;

enum class error {
  rate_malformed = 1,
  rate_zero,
  rate_negative,
  rate_too_small,
  rate_too_large,
  size_malformed,
  size_too_large,
  endpoint_malformed,
  endpoint_port_out_of_range,
  endpoint_is_own,
  budget_not_a_file,
  budget_truncated,
  budget_foreign,
  budget_other_version,
  budget_corrupt,
  status_not_ours,
  transfer_idle,
  transfer_cancelled,
};

const boost::system::error_category& category() noexcept;
error_code make_error_code(error e) noexcept;

// What the kernel said: `number` is an errno.
inline error_code system_error(int number) { return {number, boost::system::system_category()}; }
inline error_code last_error() { return system_error(errno); }

}  // namespace mgc::shaper

template <>
struct boost::system::is_error_code_enum<mgc::shaper::error> : std::true_type {};
