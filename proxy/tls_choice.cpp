#include "proxy/tls_choice.hpp"

namespace mgc::proxy {

std::string_view to_word(tls_choice choice) {
  switch (choice) {
    case tls_choice::psk: return "psk";
    case tls_choice::certificates: return "cert";
    case tls_choice::off: break;
  }
  return "plain";
}

std::optional<tls_choice> tls_choice_of(std::string_view word) {
  for (const auto choice : {tls_choice::off, tls_choice::psk, tls_choice::certificates}) {
    if (word == to_word(choice)) return choice;
  }
  return std::nullopt;
}

}  // namespace mgc::proxy
