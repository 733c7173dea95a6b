#pragma once

// Something that the operator or the server said cannot be used. Thrown at start only, before anything is touched; the
// text names the option, the file and line where it stands, its value, and what is allowed. Never holds a secret.

#include <stdexcept>

namespace mgc::proxy {

class bad_setting : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  static constexpr int exit_code = 22;  // EINVAL: what the other nodes of the group read in their logs
};

}  // namespace mgc::proxy
