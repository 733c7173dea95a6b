#pragma once

// What can go wrong with a state transfer beyond what the kernel reports, as boost::system error codes. Every message
// is written for the operator: what is wrong and what to do. The caller adds which address, file or option it was
// about.

#include "shaper/error.hpp"

namespace mgc::proxy {

using shaper::error_code;
using shaper::last_error;
using shaper::result;
using shaper::system_error;

enum class error {
  // what the server and the peer hand over
  address_malformed = 1,
  address_authentication_malformed,
  joiner_not_mgc,
  joiner_tls_unknown,
  gtid_malformed,
  argument_missing_value,
  role_missing,
  // option files
  option_file_syntax,
  option_file_too_deep,
  // streams that pass through
  ist_malformed,
  // the wire (WIRE.md)
  wire_malformed,
  wire_truncated,
  wire_no_common_version,
  wire_wrong_proof,
  wire_no_tls,
  wire_too_slow,
  wire_counts_differ,
  wire_compression,
};

// The errno with which a transfer that failed of it ends: the kernel's own, EPROTO for what is in the enumeration.
int errno_of(error_code why);

const boost::system::error_category& category() noexcept;
error_code make_error_code(error e) noexcept;

}  // namespace mgc::proxy

template <>
struct boost::system::is_error_code_enum<mgc::proxy::error> : std::true_type {};
