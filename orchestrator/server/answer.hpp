#pragma once

// What was asked for, or why not, in words for the operator. Core.

#include <boost/system/result.hpp>
#include <string>
#include <utility>

namespace mgc::orchestrator {

template <class T = void>
using answer = boost::system::result<T, std::string>;

// Becomes any answer: `return failure{"..."};`
struct failure {
  std::string why;

  template <class T>
  operator boost::system::result<T, std::string>() && {
    return {boost::system::in_place_error, std::move(why)};
  }
};

inline constexpr auto done = boost::system::in_place_value;

}  // namespace mgc::orchestrator
