#pragma once

// One visitor of several lambdas, for std::visit: a case that is forgotten does not compile. Core.

namespace mgc::shaper {

template <class... Ts>
struct overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
overloaded(Ts...) -> overloaded<Ts...>;

}  // namespace mgc::shaper
