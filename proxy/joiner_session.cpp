#include "proxy/joiner_session.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>

#include "proxy/log_text.hpp"

namespace mgc::proxy {
namespace {

using clock = std::chrono::steady_clock;

// Once the donor knows of a failure the group does within milliseconds, and no sooner than evs.suspect_timeout (5 s) when
// the donor itself is gone: between the two.
constexpr std::chrono::seconds server_ends_within{2};

bool is_position(const std::string& text) {
  constexpr std::size_t uuid = 36;
  return text.size() > uuid + 1 && text.size() < 120 && text[uuid] == ':' &&
         text.find_first_not_of("0123456789abcdefABCDEF-: ") == std::string::npos;
}

}  // namespace

joiner_session::joiner_session(const sst_context& context) : context_{context} {
  auto& process = context.process;
  const auto& settings = context.settings;
  const auto address = parse_transfer_address(context.arguments.address);
  if (!address)
    process.fail(EINVAL, fmt::format("--address '{}': {}", for_log(context.arguments.address),
                                     address.error().message()));
  auto opened = open_node_budget(settings.transfer_budget, settings.transfer_limit);
  if (!opened)
    process.fail(errno_of(opened.error()), budget_problem(settings.transfer_budget, opened.error()));
  budget_ = std::move(*opened);
  if (!budget_.note.empty()) process.note(budget_.note);

  const auto token = wire::make_token();
  listener_ = std::make_unique<joiner_listener>(
      process, address->listener, link::keys{token, make_tls_context(settings, token, sst_role::joiner)},
      settings.transfer_timeout);
  const joiner_offer offer{.listener = address->listener,
                           .method = context.method,
                           .wire_version = wire::highest_version,
                           .tls = settings.tls};
  process.tell_server("ready " + to_ready_address(offer, token));
}

const wire::transfer_options& joiner_session::await_donor() {
  auto& process = context_.process;
  const auto patience = context_.settings.initial_timeout;
  control_ = listener_->control(patience.count() == 0 ? shaper::time_point::max() : clock::now() + patience);
  if (!control_)
    process.fail(ETIMEDOUT, fmt::format("no donor came within {} s ([sst] sst-initial-timeout): can the "
                                        "donor reach {}? its log says more",
                                        patience.count(), context_.arguments.address));
  last_words_ = process.add_last_words(
      [this](int code, const std::string& what) { control_->say_failure(code, what); });
  process.leave_the_end_to_the_server(server_ends_within);
  const auto payload = expect_frame(*control_, wire::frame::options);
  if (!payload) process.fail(payload.error().code, payload.error().why);
  const auto map = wire::decode_options(*payload);
  const auto options = map ? wire::transfer_options::decode(*map) : map.error();
  if (!options || !is_position(options->gtid))
    process.fail(EPROTO, "the donor's options: " + error_code{error::wire_malformed}.message());
  options_ = *options;
  if (options_.method != to_word(context_.method))
    process.fail(EPROTO, fmt::format("the donor sends {}, this is {}", for_log(options_.method),
                                     to_word(context_.method)));
  return options_;
}

void joiner_session::accept(const std::function<void()>& ready) {
  auto& process = context_.process;
  const std::string kind{context_.method == sst_method::rsync ? "rsync in" : "mariabackup in"};
  slot_.emplace(budget_.budget->claim({kind, control_->peer(), options_.total}));
  progress_ = std::make_unique<progress_log>(process, *budget_.budget, *slot_, options_.total,
                                             context_.arguments.progress);
  if (ready) ready();
  const bool compress = options_.compress && context_.settings.compress != compress_choice::off;
  const auto answer = wire::encode_options({{"compress", compress ? "zstd" : "off"}});
  if (const auto failed = control_->send(wire::encode_frame(wire::frame::options, answer)))
    process.fail(EPIPE, fmt::format("cannot answer the donor: {}", failed.message()));
}

std::uint64_t joiner_session::await_end() {
  const auto payload = expect_frame(*control_, wire::frame::end, [this](const std::string& stage) {
    if (slot_) set_stage(stage);
  });
  if (!payload) context_.process.fail(payload.error().code, payload.error().why);
  const auto bytes = wire::decode_count(*payload);
  if (!bytes) context_.process.fail(EPROTO, bytes.error().message());
  return *bytes;
}

void joiner_session::acknowledge(std::uint64_t bytes) {
  auto& process = context_.process;
  if (const auto failed =
          control_->send(wire::encode_frame(wire::frame::acknowledgement, wire::encode_count(bytes))))
    process.fail(EPIPE, fmt::format("cannot confirm to the donor: {}", failed.message()));
  process.forget_last_words(last_words_);
  process.leave_the_end_to_the_server({});
  control_->complete();
  progress_.reset();
  listener_->close();
}

}  // namespace mgc::proxy
