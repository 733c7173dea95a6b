#include "proxy/donor_session.hpp"

#include <fmt/format.h>

#include <cerrno>

#include "proxy/log_text.hpp"

namespace mgc::proxy {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds time_to_connect{20};

// zstd at the level we use packs 60 to 150 MB/s of InnoDB pages on one core and makes them two to four times smaller: up to this
// rate on the wire it is sooner done with it than without.
const shaper::rate compressible = shaper::rate::bytes_per_second(24 * 1024 * 1024);

void require_same_tls(const sst_context& context, tls_choice of_joiner) {
  const auto ours = context.settings.tls;
  if (ours == of_joiner) return;
  context.process.fail(
      EPROTO,
      fmt::format(
          "the joiner wants the transfer {}, here it is set to {}: refused; give both nodes the same [mgc] "
          "transfer_tls, cluster_secret, tls_cert and tls_key",
          to_word(of_joiner), to_word(ours)));
}

}  // namespace

donor_session::donor_session(const sst_context& context, const std::string& remote_authentication)
    : context_{context} {
  auto& process = context.process;
  const auto offer = parse_joiner_offer(context.arguments.address);
  if (!offer)
    process.fail(EINVAL, fmt::format("--address '{}': {}", for_log(context.arguments.address),
                                     offer.error().message()));
  const auto token = parse_remote_authentication(remote_authentication);
  if (!token) process.fail(EINVAL, token.error().message());
  if (offer->method != context.method)
    process.fail(EINVAL, fmt::format("the joiner announces {}, this is {}", to_word(offer->method),
                                     to_word(context.method)));
  require_same_tls(context, offer->tls);
  address_ = offer->listener;
  peer_ = shaper::to_string(address_);
  keys_ = {*token, make_tls_context(context.settings, *token, sst_role::donor)};
  control_ = connect(wire::role::control);
  last_words_ = process.add_last_words(
      [this](int code, const std::string& what) { control_->say_failure(code, what); });
  open_budget(peer_);
}

void donor_session::control_carries_data() { context_.process.forget_last_words(last_words_); }

void donor_session::open_budget(const std::string& peer) {
  const auto& settings = context_.settings;
  auto opened = open_node_budget(settings.transfer_budget, settings.transfer_limit);
  if (!opened)
    context_.process.fail(errno_of(opened.error()), budget_problem(settings.transfer_budget, opened.error()));
  budget_ = std::move(*opened);
  if (!budget_.note.empty()) context_.process.note(budget_.note);
  if (!settings.limit_origin.empty() && limit() != settings.transfer_limit)
    context_.process.note(fmt::format(
        "the limit is {} as {} says, the operator's last word, and not {} as {}; `mgc limit` changes it",
        shaper::to_string(limit()), budget_.file, shaper::to_string(settings.transfer_limit),
        settings.limit_origin));
  const std::string kind{context_.method == sst_method::rsync ? "rsync out" : "mariabackup out"};
  slot_.emplace(budget_.budget->claim({kind, peer, 0}));
}

void donor_session::bypass(const std::string& gtid) {
  auto& process = context_.process;
  const wire::transfer_options options{
      .method = std::string{to_word(context_.method)}, .bypass = true, .gtid = gtid, .limit = "unlimited"};
  const auto send = [&](wire::frame type, std::string_view payload) {
    if (const auto failed = control_->send(wire::encode_frame(type, payload)))
      process.fail(errno_of(failed), fmt::format("cannot tell the joiner to use IST: {}", failed.message()));
  };
  send(wire::frame::options, wire::encode_options(options.encode()));
  send(wire::frame::end, wire::encode_count(0));
  const auto acknowledged = expect_frame(*control_, wire::frame::acknowledgement);
  if (!acknowledged) process.fail(acknowledged.error().code, acknowledged.error().why);
  control_carries_data();  // all of it
  control_->complete();
}

void donor_session::announce(const std::string& gtid, std::uint64_t total) {
  auto& process = context_.process;
  const auto limit_now = limit();
  const wire::transfer_options options{
      .method = std::string{to_word(context_.method)},
      .bypass = false,
      .gtid = gtid,
      .total = total,
      .limit = limit_now.is_unlimited() ? "unlimited" : std::to_string(limit_now.count()),
      .compress = context_.settings.compress != compress_choice::off};
  if (const auto failed =
          control_->send(wire::encode_frame(wire::frame::options, wire::encode_options(options.encode()))))
    process.fail(errno_of(failed),
                 fmt::format("cannot tell the joiner what is to come: {}", failed.message()));
  const auto payload = expect_frame(*control_, wire::frame::options);
  if (!payload) process.fail(payload.error().code, payload.error().why);
  const auto agreed = wire::decode_options(*payload);
  if (!agreed) process.fail(EPROTO, fmt::format("the joiner's answer: {}", agreed.error().message()));
  const auto compress = agreed->find("compress");
  may_compress_ = options.compress && compress != agreed->end() && compress->second == "zstd";
  progress_ =
      std::make_unique<progress_log>(process, *budget_.budget, *slot_, total, context_.arguments.progress);
  process.note(
      fmt::format("sending to {} at {}{}{}", peer_,
                  limit_now.is_unlimited() ? "full speed" : shaper::to_string(limit_now),
                  may_compress_ ? ", compressed where that is sooner done" : "",
                  budget_.file.empty()
                      ? ""
                      : fmt::format("; `mgc status` and `mgc limit` tell and change it ({})", budget_.file)));
  listener_ = std::thread{[this] { listen_to_joiner(); }};
}

void donor_session::listen_to_joiner() {
  const auto acknowledged = expect_frame(*control_, wire::frame::acknowledgement);
  if (!acknowledged && !listens_) return;
  if (!acknowledged) context_.process.fail(acknowledged.error().code, acknowledged.error().why);
  const auto count = wire::decode_count(*acknowledged);
  if (!count)
    context_.process.fail(EPROTO, fmt::format("the joiner's acknowledgement: {}", count.error().message()));
  acknowledged_.set_value(*count);
}

// A joiner that is beset by strangers may close the door on us too: then once more.
std::unique_ptr<link> donor_session::connect(wire::role role) const {
  auto& process = context_.process;
  const auto deadline = clock::now() + time_to_connect;
  for (;;) {
    auto socket = connect_tcp(address_, deadline);
    if (!socket)
      process.fail(errno_of(socket.error()),
                   fmt::format("cannot connect to the joiner at {}: {}; is that "
                               "address right, and the port open between the nodes?",
                               peer_, socket.error().message()));
    give_up_after(socket->get(), context_.settings.transfer_timeout);
    auto proved = link::as_donor(std::move(*socket), keys_, role, deadline);
    if (proved) return std::move(*proved);
    const auto& [why, more] = proved.error();
    const bool was_closed = why == error::wire_truncated || why == boost::system::errc::connection_reset;
    if (was_closed && clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds{100});
      continue;
    }
    process.fail(errno_of(why), fmt::format("the joiner at {} does not let us in: {}{}", peer_, why.message(),
                                            more.empty() ? "" : " (" + for_log(more) + ")"));
  }
}

std::unique_ptr<shaped_output> donor_session::output(link& over) {
  return std::make_unique<shaped_output>(context_.process, over,
                                         pace{*budget_.budget, slot_->record(), freed_});
}

bool donor_session::compresses() const {
  if (!may_compress_) return false;
  if (context_.settings.compress == compress_choice::zstd) return true;
  return (freed_.holds() ? freed_.up_to() : limit()) <= compressible;
}

void donor_session::finish(std::uint64_t bytes, const std::function<void(std::string_view)>& write) {
  slot_->set_stage("waiting for the joiner");
  write(control_->seal(wire::encode_frame(wire::frame::end, wire::encode_count(bytes))));
  const auto consumed = acknowledged_.get_future().get();
  listener_.join();
  if (consumed != bytes) context_.process.fail(EPROTO, error_code{error::wire_counts_differ}.message());
  control_carries_data();  // all of it
  control_->complete();
  progress_.reset();
}

}  // namespace mgc::proxy
