// Any dialogue, taken for an rsync client's with a daemon: in pieces of one byte it comes to the same as in turns of
// any length, and what it does not want to see changes nothing. What it tells is fit for a log.
//
// The input is a row of turns: a byte that says who speaks (its lowest bit) and for how long (the rest), then the text.

#include <algorithm>
#include <string>
#include <tuple>

#include "proxy/rsync_greeting.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/observing.hpp"

using namespace mgc;

namespace {

auto seen(const proxy::rsync_greeting& g) {
  return std::tuple{g.where(),     g.wants_client(),   g.wants_server(),   g.module(), g.last_argument(),
                    g.directory(), g.client_version(), g.server_version(), g.error()};
}

void say(proxy::rsync_greeting& g, bool client, std::string_view text) {
  if (client) {
    g.from_client(test::as_bytes(text));
  } else {
    g.from_server(test::as_bytes(text));
  }
}

bool fit_for_log(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= ' '; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input{reinterpret_cast<const char*>(data), size};
  proxy::rsync_greeting whole;
  proxy::rsync_greeting split;
  proxy::rsync_greeting wanted;
  while (!input.empty()) {
    const auto head = static_cast<unsigned char>(input[0]);
    const bool client = (head & 1) != 0;
    const auto text = input.substr(1, head / 2U);
    input.remove_prefix(1 + text.size());
    say(whole, client, text);
    for (const char& c : text) say(split, client, {&c, 1});
    if (client ? wanted.wants_client() : wanted.wants_server()) say(wanted, client, text);
    MGC_REQUIRE(seen(whole) == seen(split));
    MGC_REQUIRE(seen(whole) == seen(wanted));
  }
  MGC_REQUIRE(fit_for_log(whole.module() + whole.last_argument() + whole.directory() + whole.error()));
  return 0;
}
