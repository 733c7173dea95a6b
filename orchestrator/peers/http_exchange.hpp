#pragma once

// One request and its answer over a connection whose deadline is set. I/O ring.

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/system/result.hpp>
#include <cstddef>

#include "orchestrator/peers/http_message.hpp"

namespace mgc::orchestrator {

// An answer of at most `most` bytes. A connection behind whose answer there is more must not be kept.
struct exchanged {
  http_response response;
  bool may_be_kept = false;
};

template <class Stream>
boost::asio::awaitable<boost::system::result<exchanged>> exchange(Stream& stream, http_request request,
                                                                  std::size_t most) {
  namespace asio = boost::asio;
  constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
  constexpr std::size_t longest_head = std::size_t{8} * 1024;
  request.prepare_payload();
  const auto [not_sent, sent] = co_await http::async_write(stream, request, no_throw);
  if (not_sent) co_return not_sent;
  boost::beast::flat_buffer buffer{longest_head + most};
  http::response_parser<http::string_body> parser;
  parser.header_limit(longest_head);
  parser.body_limit(most);
  const auto [failed, size] = co_await http::async_read(stream, buffer, parser, no_throw);
  if (failed) co_return failed;
  const bool keep = parser.keep_alive() && buffer.size() == 0;
  co_return exchanged{parser.release(), keep};
}

}  // namespace mgc::orchestrator
