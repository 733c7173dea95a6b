#include "proxy/stream.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "proxy/log_text.hpp"
#include "shaper/socket_option.hpp"

namespace mgc::proxy {
namespace {

using clock = std::chrono::steady_clock;
using shaper::holder;

stream_end failed(std::uint64_t bytes, error_code why, std::string_view doing) {
  const bool was_cut = why == boost::system::errc::connection_reset;
  return {bytes, errno_of(why),
          fmt::format("{}: {}{}", doing, why.message(), was_cut ? "; see the other node's log" : "")};
}

// As much as a budget's slot has room for.
std::string for_stage(std::string_view payload) { return for_log(payload, 79); }

// TLS and compression work on pieces of this size; a piece of incompressible data still fits a frame.
constexpr std::size_t piece = 256 * 1024;
constexpr int compression_level = 1;  // 3 makes InnoDB pages hardly smaller, and takes twice the time
constexpr int most_window_log = 23;   // 8 MiB, as WIRE.md says

struct freed_by_zstd {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

class sender {
 public:
  sender(link& over, const stream_source& source, int sink)
      : over_{over}, source_{source}, sink_{sink}, buffer_(piece) {}

  stream_end run() {
    for (;;) {
      const auto available = await_source();
      if (!available) return failed(bytes_, available.error(), "reading the data");
      if (*available == 0) return {.bytes = bytes_};
      const bool compresses = source_.compresses && source_.compresses();
      if (const auto why =
              over_.is_plain() && !compresses ? pass_on(*available) : pass_through(*available, compresses)) {
        return failed(bytes_, why, "sending the data");
      }
      if (source_.moved) source_.moved(bytes_);
    }
  }

 private:
  // How many bytes can be read at once; 0 at the end.
  result<std::size_t> await_source() const {
    pollfd one{source_.from, POLLIN, 0};
    while (::poll(&one, 1, -1) < 0) {
      if (errno != EINTR) return last_error();
    }
    int available = 0;
    if (::ioctl(source_.from, FIONREAD, &available) != 0) return last_error();
    char next = 0;  // a socket without bytes may have been reset: that is no end
    if (available == 0 && ::recv(source_.from, &next, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno != ENOTSOCK)
      return last_error();
    return static_cast<std::size_t>(available);
  }

  // What the observer need not see moves within the kernel.
  error_code pass_on(std::size_t available) {
    auto* const observer = source_.observer;
    const auto unseen =
        observer == nullptr ? available : std::min<std::uint64_t>(available, observer->skippable());
    if (unseen == 0) return pass_through(std::min(available, observer->wanted()), false);
    const auto length = static_cast<std::uint32_t>(std::min<std::uint64_t>(unseen, wire::most_data));
    const auto header = wire::frame_header{wire::frame::data, length}.encode();
    if (const auto why = write_fully(sink_, {header.data(), header.size()})) return why;
    for (std::size_t left = length; left > 0;) {
      const auto moved = ::splice(source_.from, nullptr, sink_, nullptr, left, SPLICE_F_MOVE);
      if (moved < 0 && errno == EINTR) continue;
      if (moved < 0) return last_error();
      if (moved == 0) return error::wire_truncated;
      left -= static_cast<std::size_t>(moved);
    }
    if (observer != nullptr) observer->skip(length);
    bytes_ += length;
    return {};
  }

  error_code pass_through(std::size_t available, bool compresses) {
    const auto got = ::read(source_.from, buffer_.data(), std::min(available, buffer_.size()));
    if (got < 0) return last_error();
    const std::string_view bytes{buffer_.data(), static_cast<std::size_t>(got)};
    if (source_.observer != nullptr) source_.observer->observe(std::as_bytes(std::span{bytes}));
    bytes_ += bytes.size();
    if (compresses) return send_compressed(bytes);
    return write_fully(sink_, over_.seal(wire::encode_frame(wire::frame::data, bytes)));
  }

  error_code send_compressed(std::string_view bytes) {
    if (!compressor_) {
      compressor_.reset(ZSTD_createCCtx());
      if (!compressor_) return boost::system::errc::make_error_code(boost::system::errc::not_enough_memory);
      ZSTD_CCtx_setParameter(compressor_.get(), ZSTD_c_compressionLevel, compression_level);
      compressed_.resize(ZSTD_compressBound(piece) + 1024);
    }
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    for (std::size_t left = 1; left != 0;) {
      ZSTD_outBuffer out{compressed_.data(), compressed_.size(), 0};
      left = ZSTD_compressStream2(compressor_.get(), &out, &in, ZSTD_e_flush);
      if (ZSTD_isError(left) != 0) return error::wire_compression;
      if (out.pos == 0) continue;
      const auto frame = wire::encode_frame(wire::frame::compressed, {compressed_.data(), out.pos});
      if (const auto why = write_fully(sink_, over_.seal(frame))) return why;
    }
    return {};
  }

  link& over_;
  const stream_source& source_;
  int sink_;
  std::uint64_t bytes_ = 0;
  std::vector<char> buffer_;
  std::vector<char> compressed_;
  std::unique_ptr<ZSTD_CCtx, freed_by_zstd> compressor_;
};

class receiver {
 public:
  receiver(link& over, const stream_sink& sink) : over_{over}, sink_{sink}, buffer_(piece) {
    pollfd one{sink.to, 0, 0};
    int unused = 0;
    is_pipe_ = ::poll(&one, 1, 0) >= 0 && ::fcntl(sink.to, F_GETPIPE_SZ, &unused) > 0;
    if (is_pipe_) ::fcntl(sink.to, F_SETPIPE_SZ, wire::most_data);
  }

  stream_end run() {
    for (;;) {
      if (sink_.moved) sink_.moved(bytes_);
      wait_for(holder::source);
      const auto header = over_.receive_header();
      wait_for(holder::nothing);
      if (!header) return failed(bytes_, header.error(), "receiving the data");
      count(header->size + header->length);
      if (header->type == wire::frame::data) {
        if (const auto why =
                over_.is_plain() && is_pipe_ ? splice_payload(header->length) : copy_payload(header->length))
          return doing(why);
        continue;
      }
      if (header->type == wire::frame::compressed) {
        if (const auto why = decompress_payload(header->length)) return doing(why);
        continue;
      }
      const auto payload = over_.receive_payload(header->length);
      if (!payload) return failed(bytes_, payload.error(), "receiving the data");
      if (header->type == wire::frame::stage && sink_.on_stage) sink_.on_stage(for_stage(*payload));
      if (header->type == wire::frame::failure) return failure_of_peer(*payload);
      if (header->type == wire::frame::end) return end_at(*payload);
    }
  }

 private:
  // A sink that has gone says nothing of why; its own exit code will.
  stream_end doing(error_code why) const {
    return failed(bytes_, why, at_sink_ ? "handing the data on" : "receiving the data");
  }

  void wait_for(holder h) {
    if (sink_.record == nullptr) return;
    const auto now = clock::now();
    if (waiting_ != holder::nothing) sink_.record->waited(waiting_, since_, now);
    waiting_ = h;
    since_ = now;
    if (h != holder::nothing) sink_.record->waits_for(h, now);
  }

  void count(std::uint64_t bytes) const {
    if (sink_.record != nullptr) sink_.record->moved(bytes);
  }

  // Woken for each packet, it would spend most of its time waking up: so it sleeps until a good part of the payload has
  // come. Never more than is still to come, or it would sleep for ever.
  error_code splice_payload(std::size_t left) {
    constexpr std::size_t good_part = 128 * 1024;
    while (left > 0) {
      wake_at(std::min(left, good_part));
      const auto moved = ::splice(over_.socket(), nullptr, sink_.to, nullptr, left, SPLICE_F_MOVE);
      if (moved < 0 && errno == EINTR) continue;
      at_sink_ = moved < 0 && errno == EPIPE;
      if (moved < 0) return last_error();
      if (moved == 0) return error::wire_truncated;
      left -= static_cast<std::size_t>(moved);
      bytes_ += static_cast<std::size_t>(moved);
    }
    wake_at(1);
    return {};
  }

  void wake_at(std::size_t bytes) {
    if (bytes == woken_at_) return;
    woken_at_ = bytes;
    (void)shaper::set_option(over_.socket(), SOL_SOCKET, SO_RCVLOWAT, static_cast<int>(bytes));
  }

  error_code copy_payload(std::size_t left) {
    while (left > 0) {
      const auto got = over_.receive_some(buffer_.data(), std::min(left, buffer_.size()));
      if (!got) return got.error();
      left -= *got;
      if (const auto why = hand_on({buffer_.data(), *got})) return why;
    }
    return {};
  }

  error_code decompress_payload(std::size_t length) {
    if (!decompressor_) {
      decompressor_.reset(ZSTD_createDCtx());
      if (!decompressor_) return boost::system::errc::make_error_code(boost::system::errc::not_enough_memory);
      ZSTD_DCtx_setParameter(decompressor_.get(), ZSTD_d_windowLogMax, most_window_log);
    }
    const auto payload = over_.receive_payload(length);
    if (!payload) return payload.error();
    ZSTD_inBuffer in{payload->data(), payload->size(), 0};
    for (bool more = true; more;) {
      ZSTD_outBuffer out{buffer_.data(), buffer_.size(), 0};
      if (ZSTD_isError(ZSTD_decompressStream(decompressor_.get(), &out, &in)) != 0)
        return error::wire_compression;
      if (const auto why = hand_on({buffer_.data(), out.pos})) return why;
      more = in.pos < in.size || out.pos == out.size;
    }
    return {};
  }

  error_code hand_on(std::string_view bytes) {
    wait_for(holder::sink);
    const auto why = write_fully(sink_.to, bytes);
    wait_for(holder::nothing);
    at_sink_ = static_cast<bool>(why);
    bytes_ += bytes.size();
    return why;
  }

  stream_end failure_of_peer(std::string_view payload) const {
    const auto report = wire::failure_report::decode(payload);
    if (!report) return failed(bytes_, report.error(), "receiving the data");
    const bool is_errno = report->code > 0 && report->code < 124;
    return {bytes_, is_errno ? report->code : EPIPE, "the other node gave up: " + for_log(report->text)};
  }

  stream_end end_at(std::string_view payload) const {
    const auto count = wire::decode_count(payload);
    if (!count) return failed(bytes_, count.error(), "receiving the data");
    if (*count != bytes_)
      return failed(bytes_, error::wire_counts_differ,
                    fmt::format("{} bytes were sent and {} received", *count, bytes_));
    return {.bytes = bytes_};
  }

  link& over_;
  const stream_sink& sink_;
  bool is_pipe_ = false;
  bool at_sink_ = false;
  std::size_t woken_at_ = 1;
  std::uint64_t bytes_ = 0;
  holder waiting_ = holder::nothing;
  shaper::time_point since_;
  std::vector<char> buffer_;
  std::unique_ptr<ZSTD_DCtx, freed_by_zstd> decompressor_;
};

}  // namespace

stream_end send_stream(link& over, const stream_source& source, int sink) {
  return sender{over, source, sink}.run();
}

error_code write_fully(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(to, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return last_error();
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

stream_end receive_stream(link& over, const stream_sink& sink) { return receiver{over, sink}.run(); }

boost::system::result<std::string, stream_end> expect_frame(
    link& over, wire::frame type, const std::function<void(const std::string&)>& on_stage) {
  for (;;) {
    const auto header = over.receive_header();
    if (!header) return failed(0, header.error(), "waiting for the other node");
    const auto payload =
        header->length <= wire::most_other ? over.receive_payload(header->length) : error::wire_malformed;
    if (!payload) return failed(0, payload.error(), "waiting for the other node");
    if (header->type == type) return *payload;
    if (header->type == wire::frame::stage && on_stage) on_stage(for_stage(*payload));
    if (header->type == wire::frame::failure) {
      const auto report = wire::failure_report::decode(*payload);
      return stream_end{0, EPIPE,
                        "the other node gave up: " + (report ? for_log(report->text) : "without a reason")};
    }
    const bool is_known =
        header->type >= wire::frame::options && header->type <= wire::frame::acknowledgement;
    if (is_known) return failed(0, error::wire_malformed, "waiting for the other node");
  }
}

}  // namespace mgc::proxy
