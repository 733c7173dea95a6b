#pragma once

// How the connection between donor and joiner is protected. Core. Both ends choose by their own settings; the joiner
// tells its choice in the address that it hands over, and a donor that chose otherwise refuses.

#include <optional>
#include <string_view>

namespace mgc::proxy {

enum class tls_choice {
  off,
  psk,           // TLS 1.3 with a key from cluster_secret and the transfer's token
  certificates,  // TLS 1.3, both ends show a certificate
};

// "plain", "psk", "cert": as in the joiner's address.
std::string_view to_word(tls_choice choice);
std::optional<tls_choice> tls_choice_of(std::string_view word);

}  // namespace mgc::proxy
