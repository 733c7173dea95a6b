#pragma once

// What comes of an operator's order to the running `mgc run`. Core: plain data and its JSON.

#include <boost/system/result.hpp>
#include <string>
#include <string_view>

namespace mgc::orchestrator {

struct admin_answer {
  bool agreed = false;  // it is being done; or, when it was only asked about: it would be
  std::string
      text;  // for the operator: what may be lost by it, or why it cannot be done. Line feeds are allowed
  bool operator==(const admin_answer&) const = default;
};

std::string to_json(const admin_answer& answer);

// Error: what is wrong with it.
boost::system::result<admin_answer, std::string> parse_admin_answer(std::string_view text);

}  // namespace mgc::orchestrator
