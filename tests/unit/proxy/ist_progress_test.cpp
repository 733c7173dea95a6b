#include "proxy/ist_progress.hpp"

#include <gtest/gtest.h>

#include "tests/observing.hpp"

namespace mgc::proxy {
namespace {

using namespace std::chrono_literals;
using shaper::outcome;
using shaper::side;

void show(ist_observer& observer, const ist_header& header) {
  observer.observe(to_bytes(header));
  observer.skip(header.length);
}

// A donor that has sent this much, and a joiner that has answered.
struct transfer {
  transfer() {
    show(donor, {10, ist_type::handshake_response});
    show(joiner, {10, ist_type::handshake});
    show(joiner, {10, ist_type::ctrl});
  }
  std::string end(const outcome& how = {}) const { return describe_end(donor, joiner, how, 1500ms).what; }
  bool is_good(const outcome& how = {}) const { return describe_end(donor, joiner, how, 1500ms).is_good; }

  ist_observer donor;
  ist_observer joiner;
};

struct with_events : transfer {
  with_events() {
    show(donor, {10, ist_type::trx, ist_header::preload, 0, 1000, 1001});
    show(donor, {10, ist_type::trx, 0, 0, 1 << 20, 1002});
  }
};

TEST(IstProgress, TellsSeqnosEventsBytesAndSpeed) {
  EXPECT_EQ(describe_progress(with_events().donor, 1 << 20, 2s),
            "seqno 1001 to 1002, 2 events (1 preloaded), 1025 KiB, 512.00 KiB/s");
  EXPECT_EQ(describe_progress(transfer{}.donor, 24, 1s), "0 events, 24 B, 24 B/s");
}

TEST(IstProgress, SaysWhyItKnowsOnlyBytes) {
  ist_observer encrypted;
  encrypted.observe(test::as_bytes("\x16\x03\x03"));
  EXPECT_EQ(describe_progress(encrypted, 3, 1s), "encrypted by Galera, so seqnos are not known, 3 B, 3 B/s");
  with_events t;
  t.donor.observe(test::as_bytes("this is no header at all"));
  EXPECT_TRUE(
      describe_progress(t.donor, 0, 1s).starts_with("not understood any more, seqno 1001 to 1002, 2 events"));
}

TEST(IstProgress, IsCompleteWhenTheDonorHasSaidSo) {
  with_events t;
  EXPECT_FALSE(t.is_good());
  EXPECT_TRUE(t.end().starts_with("ended by the donor before its end, after seqno 1001 to 1002"));
  show(t.donor, {10, ist_type::ctrl, 0, ist_header::end});
  EXPECT_TRUE(t.is_good());
  EXPECT_EQ(t.end(), "complete, seqno 1001 to 1002, 2 events (1 preloaded), 1025 KiB in 1.500 s");
}

TEST(IstProgress, IsNotGoodWhenItWasReset) {
  with_events t;
  show(t.donor, {10, ist_type::ctrl, 0, ist_header::end});
  const outcome reset{side::sink,
                      boost::system::errc::make_error_code(boost::system::errc::connection_reset)};
  EXPECT_FALSE(t.is_good(reset));
  EXPECT_TRUE(t.end(reset).ends_with(" in 1.500 s: writing failed: Connection reset by peer"));
}

TEST(IstProgress, SaysWhoGaveUpAndWhy) {
  transfer donor_fails;
  show(donor_fails.donor, {10, ist_type::ctrl, 0, -2});
  EXPECT_FALSE(donor_fails.is_good());
  EXPECT_EQ(donor_fails.end(),
            "the donor gave up after 0 events, 48 B in 1.500 s: No such file or directory");
  transfer joiner_fails;
  show(joiner_fails.joiner, {10, ist_type::ctrl, 0, -71});
  EXPECT_FALSE(joiner_fails.is_good());
  EXPECT_EQ(joiner_fails.end(), "the joiner gave up after 0 events, 24 B in 1.500 s: Protocol error");
}

}  // namespace
}  // namespace mgc::proxy
