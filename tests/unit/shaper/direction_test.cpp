#include "shaper/direction.hpp"

#include <gtest/gtest.h>

#include <boost/system/errc.hpp>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/random_source.hpp"

namespace mgc::shaper {
namespace {

using namespace std::chrono_literals;

const error_code broken = boost::system::errc::make_error_code(boost::system::errc::connection_reset);

std::string name(const direction_action& a) {
  static constexpr std::array names{"fill",        "drain",  "wait_source", "wait_sink",
                                    "wait_tokens", "finish", "abort"};
  return names[a.index()];
}

// A machine with its budget, in virtual time.
struct bench {
  explicit bench(rate limit, evenness how = evenness::by_quanta, std::uint64_t unhindered = 0,
                 std::uint64_t most_debt = direction::handshake_debt)
      : machine{tokens, record, how, 1024 * 1024, unhindered, most_debt} {
    tokens.set_limit(limit, now);
  }

  direction_action step(const direction_event& e) { return last = machine.resume(e, now); }

  template <class Action>
  Action expect(const direction_event& e) {
    step(e);
    EXPECT_TRUE(std::holds_alternative<Action>(last)) << "got " << name(last);
    return std::holds_alternative<Action>(last) ? std::get<Action>(last) : Action{};
  }

  // Sleeps when told to, until the machine wants something else.
  direction_action sleep_through() {
    while (const auto* const wait = std::get_if<action::wait_tokens>(&last)) {
      now = std::max(now, wait->until);
      step(event::ready{});
    }
    return last;
  }

  budget_state state;
  budget tokens{state};
  transfer_record record;
  time_point now{1h};
  direction machine;
  direction_action last;
};

TEST(Direction, FillsFirst) {
  bench b{rate::unlimited()};
  EXPECT_EQ(b.expect<action::fill>(event::started{}).bytes, 1024 * 1024U);
}

TEST(Direction, DrainsWhatItFilledAndFillsAgainOnlyWhenThePipeIsEmpty) {
  bench b{rate::unlimited()};
  b.step(event::started{});
  EXPECT_EQ(b.expect<action::drain>(event::filled{1000}).bytes, 1000U);
  EXPECT_EQ(b.expect<action::drain>(event::drained{400}).bytes, 600U);
  b.expect<action::fill>(event::drained{600});
}

TEST(Direction, TakesTokensForWhatIsThereAndNoMore) {
  bench b{rate::kilobytes_per_second(6000)};
  b.step(event::started{});
  b.step(event::filled{700});
  EXPECT_EQ(b.state.issued.load(), 700U);
}

TEST(Direction, MovesAPieceOnlyWhenTheCurveHasPassedIt) {
  bench b{rate::kilobytes_per_second(1000)};
  b.step(event::started{});
  const auto wait = b.expect<action::wait_tokens>(event::filled{100'000});
  EXPECT_EQ(wait.until, b.now + 5ms);
  b.now += 1ms;
  b.expect<action::wait_tokens>(event::ready{});
  b.now = wait.until;
  EXPECT_EQ(b.expect<action::drain>(event::ready{}).bytes, 5120U);
}

TEST(Direction, PaysOnceForAPieceThatTheSinkTakesInParts) {
  bench b{rate::kilobytes_per_second(1000)};
  b.step(event::started{});
  b.step(event::filled{5120});
  b.sleep_through();
  EXPECT_EQ(b.expect<action::drain>(event::drained{120}).bytes, 5000U);
  b.expect<action::wait_sink>(event::sink_full{});
  b.now += 1h;
  EXPECT_EQ(b.expect<action::drain>(event::ready{}).bytes, 5000U);
  EXPECT_EQ(b.state.issued.load(), 5120U);
}

TEST(Direction, FinishesOnlyWhenThePipeIsEmpty) {
  bench b{rate::unlimited()};
  b.step(event::started{});
  b.step(event::filled{10});
  b.expect<action::fill>(event::drained{10});
  b.expect<action::finish>(event::filled{0});
  EXPECT_EQ(b.machine.bytes_moved(), 10U);
}

TEST(Direction, WaitsForASilentSourceAndThenFills) {
  bench b{rate::unlimited()};
  b.step(event::started{});
  b.expect<action::wait_source>(event::source_empty{});
  b.expect<action::fill>(event::ready{});
}

TEST(Direction, SaysWhereAFailureWas) {
  bench b{rate::unlimited()};
  b.step(event::started{});
  const auto end = b.expect<action::abort>(event::failed{side::source, broken});
  EXPECT_EQ(end.where, side::source);
  EXPECT_EQ(end.why, broken);
}

TEST(Direction, ReturnsTheTokensOfAnAbortedPiece) {
  bench b{rate::kilobytes_per_second(1000)};
  b.step(event::started{});
  b.expect<action::wait_tokens>(event::filled{5120});
  b.expect<action::abort>(event::cancelled{});
  EXPECT_EQ(b.state.issued.load(), 0U);
}

TEST(Direction, ABeginningTransferHasNoCredit) {
  bench b{rate::kilobytes_per_second(1000)};
  b.now += 1h;
  b.step(event::started{});
  EXPECT_EQ(b.expect<action::wait_tokens>(event::filled{5120}).until, b.now + 5ms);
}

TEST(Direction, LetsAHandshakeThroughAndMakesItsBytesADebt) {
  bench b{rate::kilobytes_per_second(100), evenness::by_quanta, 16 * 1024};
  b.step(event::started{});
  b.expect<action::drain>(event::filled{300});
  b.step(event::drained{300});
  std::uint64_t moved = 300;
  b.step(event::filled{100'000});
  while (const auto* const drain = std::get_if<action::drain>(&b.last)) {
    moved += drain->bytes;
    b.step(event::drained{drain->bytes});
  }
  EXPECT_EQ(moved, 16 * 1024U);
  EXPECT_GE(std::get<action::wait_tokens>(b.last).until, b.now + 160ms);
}

TEST(Direction, AFloodOfHandshakesCannotRunUpAnEndlessDebt) {
  bench b{rate::kilobytes_per_second(100), evenness::by_quanta, 16 * 1024};
  b.tokens.grab(1024 * 1024, b.now);
  b.step(event::started{});
  b.expect<action::wait_tokens>(event::filled{300});
}

TEST(Direction, AHandshakeThatMayOweAnythingWaitsForNothing) {
  for (const auto limit : {rate::kilobytes_per_second(100), rate::paused(), rate::unlimited()}) {
    bench b{limit, evenness::by_quanta, 16 * 1024, direction::any_debt};
    b.tokens.grab(1024 * 1024, b.now);
    b.step(event::started{});
    b.step(event::filled{100'000});
    std::uint64_t moved = 0;
    while (const auto* const drain = std::get_if<action::drain>(&b.last)) {
      moved += drain->bytes;
      b.step(event::drained{drain->bytes});
    }
    EXPECT_EQ(moved, limit.is_unlimited() ? 100'000 : 16 * 1024U) << to_string(limit);
  }
}

TEST(Direction, APauseStopsItAndIsWhatHoldsItBack) {
  bench b{rate::kilobytes_per_second(1000)};
  b.step(event::started{});
  b.step(event::filled{100'000});
  b.tokens.set_limit(rate::paused(), b.now);
  EXPECT_EQ(b.expect<action::wait_tokens>(event::ready{}).until, time_point::max());
  EXPECT_EQ(b.record.held_by(), holder::pause);
  b.now += 1h;
  b.tokens.set_limit(rate::kilobytes_per_second(1000), b.now);
  EXPECT_EQ(b.expect<action::wait_tokens>(event::ready{}).until, b.now + 5ms);
}

TEST(Direction, ALowerLimitHoldsInItsOwnSmallPieces) {
  bench b{rate::bytes_per_second(1 << 30)};
  b.step(event::started{});
  b.step(event::filled{1024 * 1024});
  ASSERT_EQ(name(b.last), "wait_tokens");
  b.tokens.set_limit(rate::kilobytes_per_second(64), b.now);
  EXPECT_LE(b.expect<action::wait_tokens>(event::ready{}).until, b.now + 10ms);
  b.sleep_through();
  EXPECT_EQ(std::get<action::drain>(b.last).bytes, 512U);
}

TEST(Direction, WhatWasFreeWithoutALimitIsPaidForUnderOne) {
  bench b{rate::unlimited()};
  b.step(event::started{});
  b.step(event::filled{1024 * 1024});
  b.expect<action::wait_sink>(event::sink_full{});
  b.tokens.set_limit(rate::kilobytes_per_second(64), b.now);
  b.expect<action::wait_tokens>(event::ready{});
}

TEST(Direction, NoLimitNeverWaitsForTokens) {
  bench b{rate::kilobytes_per_second(1)};
  b.step(event::started{});
  b.expect<action::wait_tokens>(event::filled{100'000});
  b.tokens.set_limit(rate::unlimited(), b.now);
  b.expect<action::drain>(event::ready{});
}

TEST(Direction, RunsAheadForTheKernelToSpreadButNotUnderANewLimit) {
  const auto slow = rate::kilobytes_per_second(3000);
  bench b{rate::kilobytes_per_second(6000), evenness::by_kernel};
  b.step(event::started{});
  const auto move_a_piece = [&] {
    b.step(event::filled{100'000});
    b.sleep_through();
    const auto ahead = b.tokens.debt(b.now);
    b.step(event::drained{100'000});
    return ahead;
  };
  EXPECT_LE(move_a_piece(), 0);
  EXPECT_GT(move_a_piece(), 50'000);
  b.tokens.set_limit(slow, b.now);
  EXPECT_LE(move_a_piece(), 0);
}

TEST(Direction, TakesSmallerPiecesInCompany) {
  bench b{rate::kilobytes_per_second(6000), evenness::by_kernel};
  b.step(event::started{});
  b.step(event::filled{500'000});
  const auto next_piece = [&] {
    b.sleep_through();
    const auto bytes = std::get<action::drain>(b.last).bytes;
    b.tokens.grab(400'000, b.now);
    b.step(event::drained{bytes});
    return bytes;
  };
  const auto alone = next_piece();
  EXPECT_EQ(next_piece(), alone);
  EXPECT_LT(next_piece(), alone / 3);
}

TEST(Direction, AttributesEachWaitToItsCause) {
  bench b{rate::kilobytes_per_second(1000)};
  b.step(event::started{});
  b.step(event::source_empty{});
  b.now += 7s;
  b.step(event::ready{});
  b.step(event::filled{5120});
  b.sleep_through();
  b.step(event::sink_full{});
  b.now += 3s;
  EXPECT_EQ(b.record.held_by(), holder::sink);
  b.step(event::ready{});
  const auto waited = b.record.figures(b.now).waited;
  EXPECT_EQ(waited[static_cast<std::size_t>(holder::source)], 7s);
  EXPECT_EQ(waited[static_cast<std::size_t>(holder::tokens)], 5ms);
  EXPECT_EQ(waited[static_cast<std::size_t>(holder::sink)], 3s);
}

// A whole transfer, as a script of what the outside answers; run again with a failure and with a cancellation in place of
// each answer: it must end in abort, at once, with the tokens of what did not move returned or spent, never in finish.
struct script {
  bench b{rate::kilobytes_per_second(1000)};
  std::size_t to_deliver = 23'456;

  direction_event answer(const direction_action& a) {
    if (const auto* const fill = std::get_if<action::fill>(&a)) {
      if (silences_ > 0 && silences_-- % 2 == 0) return event::source_empty{};
      const auto bytes = std::min({fill->bytes, to_deliver, std::size_t{9000}});
      to_deliver -= bytes;
      return event::filled{bytes};
    }
    if (const auto* const drain = std::get_if<action::drain>(&a)) {
      if (++drains_ % 3 == 0) return event::sink_full{};
      return event::drained{std::max<std::size_t>(1, drain->bytes / (drains_ % 2 + 1))};
    }
    if (const auto* const wait = std::get_if<action::wait_tokens>(&a)) b.now = std::max(b.now, wait->until);
    return event::ready{};
  }

  // The number of answers given; the answer before step `at` is replaced.
  std::size_t run(std::size_t at, const direction_event& instead) {
    auto a = b.step(event::started{});
    std::size_t steps = 0;
    while (!std::holds_alternative<action::finish>(a) && !std::holds_alternative<action::abort>(a)) {
      a = b.step(steps == at ? instead : answer(a));
      ++steps;
    }
    return steps;
  }

 private:
  int silences_ = 4;
  unsigned drains_ = 0;
};

constexpr auto nowhere = static_cast<std::size_t>(-1);

TEST(Direction, DeliversAWholeTransferByteForByteInTime) {
  script whole;
  whole.run(nowhere, event::cancelled{});
  EXPECT_EQ(name(whole.b.last), "finish");
  EXPECT_EQ(whole.b.machine.bytes_moved(), 23'456U);
  EXPECT_EQ(whole.b.record.bytes(), 23'456U);
  EXPECT_EQ(whole.b.state.issued.load(), 23'456U);
  EXPECT_GE(whole.b.now - time_point{1h}, rate::kilobytes_per_second(1000).time_for(23'456));
}

TEST(Direction, AFailureOrCancellationAtAnyStepIsAnAbortAndNeverAnEnd) {
  const auto steps = script{}.run(nowhere, event::cancelled{});
  ASSERT_GT(steps, 20U);
  const std::vector<direction_event> endings{event::failed{side::source, broken},
                                             event::failed{side::sink, broken}, event::cancelled{}};
  for (std::size_t at = 0; at < steps; ++at) {
    for (const auto& ending : endings) {
      SCOPED_TRACE(at);
      script cut;
      EXPECT_EQ(cut.run(at, ending), at + 1);
      EXPECT_EQ(name(cut.b.last), "abort");
      EXPECT_EQ(cut.b.state.issued.load(), cut.b.machine.bytes_moved());
    }
  }
}

// Many machines on one budget in virtual time, each woken up when it asked for it or later.
TEST(Direction, ManySharersMoveWhatTheLimitAllowsAndEachItsShare) {
  test::random_source random;
  for (const auto how : {evenness::by_quanta, evenness::by_kernel}) {
    budget_state state;
    budget tokens{state};
    const auto limit = rate::kilobytes_per_second(6000);
    const time_point start{1h};
    tokens.set_limit(limit, start);
    struct flow {
      transfer_record record;
      std::unique_ptr<direction> machine;
      time_point wakes;
      direction_event happens = event::started{};
    };
    std::vector<flow> flows(8);
    for (auto& f : flows) {
      f.machine = std::make_unique<direction>(tokens, f.record, how, 1024 * 1024);
      f.wakes = start;
    }
    auto now = start;
    while (now < start + 10s) {
      auto& f =
          *std::min_element(flows.begin(), flows.end(), [](auto& a, auto& b) { return a.wakes < b.wakes; });
      now = std::max(now, f.wakes);
      const auto a = f.machine->resume(f.happens, now);
      if (const auto* const fill = std::get_if<action::fill>(&a)) f.happens = event::filled{fill->bytes};
      if (const auto* const drain = std::get_if<action::drain>(&a)) f.happens = event::drained{drain->bytes};
      if (const auto* const wait = std::get_if<action::wait_tokens>(&a)) {
        f.happens = event::ready{};
        f.wakes = wait->until + std::chrono::microseconds{random.between(0, 2000)};
      }
    }
    std::uint64_t sum = 0;
    double squares = 0;
    for (const auto& f : flows) {
      sum += f.record.bytes();
      squares += static_cast<double>(f.record.bytes()) * static_cast<double>(f.record.bytes());
    }
    const auto mean = static_cast<double>(sum);
    EXPECT_NEAR(mean, static_cast<double>(limit.count()) * 10, static_cast<double>(limit.count()) * 0.15);
    EXPECT_GE(mean * mean / (static_cast<double>(flows.size()) * squares), 0.99);
  }
}

}  // namespace
}  // namespace mgc::shaper
