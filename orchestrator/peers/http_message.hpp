#pragma once

// HTTP messages as this room uses them, and the header fields of the proofs.

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <string>
#include <string_view>

namespace mgc::orchestrator {

namespace http = boost::beast::http;

using http_request = http::request<http::string_body>;
using http_response = http::response<http::string_body>;

inline constexpr std::string_view challenge_field = "MGC-Challenge";
inline constexpr std::string_view time_field = "MGC-Time";
inline constexpr std::string_view nonce_field = "MGC-Nonce";
inline constexpr std::string_view proof_field = "MGC-Proof";

template <class Message>
std::string field(const Message& message, std::string_view name) {
  const auto value = message[boost::beast::string_view{name.data(), name.size()}];
  return {value.data(), value.size()};
}

template <class Message>
void set_field(Message& message, std::string_view name, std::string_view value) {
  message.set(boost::beast::string_view{name.data(), name.size()},
              boost::beast::string_view{value.data(), value.size()});
}

inline std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace mgc::orchestrator
