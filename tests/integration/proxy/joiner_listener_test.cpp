// The joiner's door, from outside: the donor always gets in, nobody else ever.

#include "proxy/joiner_listener.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <vector>

#include "proxy/stream.hpp"
#include "tests/integration/proxy/transfer_child.hpp"

namespace mgc::proxy {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using test::connect_to;
using test::put;
using test::take;
using test::transfer_child;
using testing::HasSubstr;

const transfer_token token{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
const link::keys plain{token, nullptr};

// Waits for its donor, and for the donor's end; then closes the door.
transfer_child joiner(const link::keys& keys = plain) {
  return transfer_child{[=](transfer_process& process) {
    joiner_listener listener{process, {"127.0.0.1", 0}, keys, 60s};
    process.tell_server(std::to_string(listener.port()));
    const auto control = listener.control(clock::now() + 60s);
    if (!control) process.fail(ETIMEDOUT, "no donor came");
    if (const auto end = expect_frame(*control, wire::frame::end); !end)
      process.fail(EPROTO, end.error().why);
    (void)control->send(wire::encode_frame(wire::frame::acknowledgement, wire::encode_count(0)));
    control->complete();
    listener.close();
    process.tell_server("closed");
  }};
}

std::uint16_t port_of(transfer_child& child) {
  return static_cast<std::uint16_t>(std::stoi(child.next_line()));
}

std::unique_ptr<link> knock(std::uint16_t port, const link::keys& keys = plain,
                            wire::role role = wire::role::control) {
  auto proved = link::as_donor(connect_to(port), keys, role, clock::now() + 20s);
  return proved ? std::move(*proved) : nullptr;
}

// The donor's end, and that the joiner takes it.
void finish(link& control, transfer_child& child) {
  ASSERT_FALSE(control.send(wire::encode_frame(wire::frame::end, wire::encode_count(0))));
  EXPECT_TRUE(expect_frame(control, wire::frame::acknowledgement));
  EXPECT_EQ(child.next_line(), "closed");
  EXPECT_EQ(child.exit_code(), 0);
}

TEST(JoinerListener, LetsTheDonorIn) {
  auto child = joiner();
  const auto control = knock(port_of(child));
  ASSERT_TRUE(control);
  EXPECT_NE(child.log_until("donor 127.0.0.1:"), "");
  finish(*control, child);
}

TEST(JoinerListener, CrowdOfStrangersDoesNotKeepTheDonorOut) {
  auto child = joiner();
  const auto port = port_of(child);
  std::vector<test::file_descriptor> strangers;
  for (int i = 0; i < 200; ++i) strangers.push_back(connect_to(port));
  const auto began = clock::now();
  EXPECT_EQ(take(strangers.front().get()), "");  // the first ones had to go
  const auto control = knock(port);
  ASSERT_TRUE(control);
  EXPECT_LT(clock::now() - began, 9s);  // none of them had to wait for its time to be over
  finish(*control, child);
}

TEST(JoinerListener, FloodOfStrangersDoesNotKeepTheDonorOut) {
  auto child = joiner();
  const auto port = port_of(child);
  for (int i = 0; i < 2000; ++i) {
    auto stranger = connect_to(port);
    if (i % 2 == 0) put(stranger.get(), "GET / HTTP/1.0\r\n\r\n");
    if (i % 3 == 0) test::reset(stranger);
  }
  const auto control = knock(port);
  ASSERT_TRUE(control);
  finish(*control, child);
  const auto log = child.rest_of_log();
  EXPECT_THAT(log, HasSubstr("more refused connections are not logged"));
  EXPECT_LT(std::count(log.begin(), log.end(), '\n'), 60);
}

TEST(JoinerListener, PortScannerLearnsNothing) {
  auto child = joiner();
  const auto port = port_of(child);
  connect_to(port);  // and gone
  EXPECT_THAT(child.log_until("refused"), HasSubstr("before it proved itself"));
  const auto stranger = connect_to(port);
  put(stranger.get(), "GET / HTTP/1.0\r\nHost: here.example.com\r\n\r\n");
  EXPECT_EQ(take(stranger.get()), "");
  EXPECT_THAT(child.log_until("refused"), HasSubstr("this is not how mgc talks"));
  const auto control = knock(port);
  ASSERT_TRUE(control);
  finish(*control, child);
}

TEST(JoinerListener, SilentStrangerIsClosedWhenItsTimeIsOver) {
  auto child = joiner();
  const auto port = port_of(child);
  const auto stranger = connect_to(port);
  const auto began = clock::now();
  EXPECT_EQ(take(stranger.get()), "");
  EXPECT_GT(clock::now() - began, 9s);
  EXPECT_LT(clock::now() - began, 18s);
  EXPECT_NE(child.log_until("it did not prove itself within 10 s"), "");
}

TEST(JoinerListener, LogsAWrongToken) {
  auto child = joiner();
  const auto port = port_of(child);
  const auto guesser = connect_to(port);
  put(guesser.get(), wire::hello{.nonce = wire::make_nonce()}.encode());
  EXPECT_EQ(take(guesser.get(), wire::challenge::size).size(), wire::challenge::size);
  put(guesser.get(), std::string(32, '?'));
  EXPECT_EQ(take(guesser.get()), "");
  const auto log = child.log_until("does not know this transfer's token");
  EXPECT_THAT(log, HasSubstr("[Warning] test: refused a connection from 127.0.0.1:"));
  const auto control = knock(port);
  ASSERT_TRUE(control);
  finish(*control, child);
}

TEST(JoinerListener, SaysToASecondDonorThatItIsTooLate) {
  auto child = joiner();
  const auto port = port_of(child);
  const auto control = knock(port);
  ASSERT_TRUE(control);
  ASSERT_NE(child.log_until("is connected"), "");
  const auto second = knock(port);
  ASSERT_TRUE(second);
  const auto header = second->receive_header();
  ASSERT_TRUE(header);
  ASSERT_EQ(header->type, wire::frame::failure);
  EXPECT_EQ(wire::failure_report::decode(second->receive_payload(header->length).value())->code, EALREADY);
  finish(*control, child);
}

TEST(JoinerListener, NoChannelIsLetInBeforeItIsTime) {
  auto child = joiner();
  const auto port = port_of(child);
  const auto channel = knock(port, plain, wire::role::channel);
  ASSERT_TRUE(channel);
  const auto end = expect_frame(*channel, wire::frame::end);
  EXPECT_THAT(end.error().why, HasSubstr("the other node gave up"));
  const auto control = knock(port);
  ASSERT_TRUE(control);
  finish(*control, child);
}

TEST(JoinerListener, LetsInWithTlsOnly) {
  sst_settings settings;
  settings.tls = tls_choice::psk;
  settings.cluster_secret = "one secret";
  auto child = joiner({token, make_tls_context(settings, token, sst_role::joiner)});
  const auto port = port_of(child);
  EXPECT_EQ(knock(port), nullptr);
  EXPECT_THAT(child.log_until("refused"), HasSubstr("no TLS session"));
  const auto control = knock(port, {token, make_tls_context(settings, token, sst_role::donor)});
  ASSERT_TRUE(control);
  EXPECT_NE(child.log_until("with TLS"), "");
  finish(*control, child);
}

TEST(JoinerListener, ServesEachChannelAndWaitsForAll) {
  transfer_child child{[](transfer_process& process) {
    joiner_listener listener{process, {"127.0.0.1", 0}, plain, 60s};
    listener.serve_channels([&](std::unique_ptr<link> channel) {
      process.note("a channel");
      const auto text = expect_frame(*channel, wire::frame::options);
      if (text) (void)channel->send(wire::encode_frame(wire::frame::options, "answer to " + *text));
      channel->complete();
    });
    process.tell_server(std::to_string(listener.port()));
    const auto control = listener.control(clock::now() + 60s);
    listener.wait_for_channels();
    process.tell_server("served");
    (void)expect_frame(*control, wire::frame::end);
  }};
  const auto port = port_of(child);
  std::vector<std::unique_ptr<link>> channels;
  for (int i = 0; i < 5; ++i) {
    channels.push_back(knock(port, plain, wire::role::channel));
    ASSERT_TRUE(channels.back());
    ASSERT_NE(child.log_until("a channel"), "");
  }
  const auto control = knock(port);
  ASSERT_TRUE(control);
  for (std::size_t i = channels.size(); i-- > 0;) {
    const auto name = std::to_string(i);
    ASSERT_FALSE(channels[i]->send(wire::encode_frame(wire::frame::options, name)));
    const auto answer = expect_frame(*channels[i], wire::frame::options);
    ASSERT_TRUE(answer);
    EXPECT_EQ(*answer, "answer to " + name);
  }
  EXPECT_EQ(child.next_line(), "served");
  const auto late = knock(port, plain, wire::role::channel);
  ASSERT_TRUE(late);
  EXPECT_FALSE(expect_frame(*late, wire::frame::options));
}

TEST(JoinerListener, GivesUpWithoutADonor) {
  transfer_child child{[](transfer_process& process) {
    joiner_listener listener{process, {"127.0.0.1", 0}, plain, 60s};
    process.tell_server(listener.control(clock::now() + 100ms) == nullptr ? "none" : "one");
  }};
  EXPECT_EQ(child.next_line(), "none");
  EXPECT_EQ(child.exit_code(), 0);
}

TEST(JoinerListener, PortIsFreeWhenItHasClosed) {
  transfer_child child{[](transfer_process& process) {
    joiner_listener listener{process, {"127.0.0.1", 0}, plain, 60s};
    const auto port = listener.port();
    process.tell_server(std::to_string(port));
    const auto control = listener.control(clock::now() + 60s);
    listener.close();
    const joiner_listener again{process, {"127.0.0.1", port}, plain, 60s};
    process.tell_server(again.port() == port ? "the same" : "another");
  }};
  const auto port = port_of(child);
  const auto stranger = connect_to(port);  // does not hold it up
  const auto control = knock(port);
  ASSERT_TRUE(control);
  EXPECT_EQ(child.next_line(), "the same");
  EXPECT_EQ(take(stranger.get()), "");
}

TEST(JoinerListener, SaysThatItsPortIsTaken) {
  const auto [taken, port] = test::listening_socket();
  transfer_child child{[port = port](transfer_process& process) {
    joiner_listener{process, {"127.0.0.1", port}, plain, 60s};
  }};
  EXPECT_EQ(child.exit_code(), EADDRINUSE);
  EXPECT_THAT(child.rest_of_log(), HasSubstr("cannot listen at 127.0.0.1:" + std::to_string(port)));
}

TEST(JoinerListener, SaysThatItsAddressCannotBeResolved) {
  transfer_child child{[](transfer_process& process) {
    joiner_listener{process, {"host.invalid", 4444}, plain, 60s};
  }};
  EXPECT_EQ(child.exit_code(), EINVAL);
  EXPECT_THAT(child.rest_of_log(), HasSubstr("wsrep_sst_receive_address"));
}

}  // namespace
}  // namespace mgc::proxy
