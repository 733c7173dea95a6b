// The reader's own rules (mariadb-backup's mbstream): a path is shorter than 512 bytes, and the end of the input is a
// good end at every chunk's boundary. So a sender that was killed there leaves a stream that the reader takes for
// complete: that a file was begun and has not ended is the only sign.

#include "proxy/xbstream.hpp"

#include <algorithm>
#include <string_view>

#include "proxy/little_endian.hpp"
#include "proxy/log_text.hpp"

namespace mgc::proxy {
namespace {

constexpr std::string_view magic = "XBSTCK01";
constexpr std::size_t type_at = 9;
constexpr std::size_t path_length_at = 10;
constexpr std::size_t prefix_size = 14;
constexpr std::size_t longest_path = 511;

template <class Number>
Number number_at(std::string_view header, std::size_t at) {
  return read_little_endian<Number>(std::as_bytes(std::span{header.substr(at)}));
}

}  // namespace

std::uint64_t xbstream_observer::skippable() const {
  if (is_opaque()) return everything;
  return state_ == state::payload ? payload_left_ : 0;
}

std::size_t xbstream_observer::wanted() const { return skippable() > 0 ? 0 : header_size_ - header_.size(); }

void xbstream_observer::observe(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    if (const auto unseen = std::min<std::uint64_t>(skippable(), bytes.size()); unseen > 0) {
      skip(unseen);
      bytes = bytes.subspan(static_cast<std::size_t>(unseen));
      continue;
    }
    ++bytes_;
    take(bytes.front());
    bytes = bytes.subspan(1);
  }
}

void xbstream_observer::skip(std::uint64_t bytes) {
  bytes_ += bytes;
  if (!is_opaque()) payload_passed(bytes);
}

// A magic that is none is noticed at its first wrong byte: a short stream of another kind may end before the eighth.
void xbstream_observer::take(std::byte next) {
  const auto at = header_.size();
  const auto c = std::to_integer<char>(next);
  if (state_ == state::prefix && at < magic.size() && c != magic[at]) return give_up();
  header_ += c;
  if (header_.size() == header_size_) header_complete();
}

void xbstream_observer::header_complete() {
  switch (state_) {
    case state::prefix: return chunk_begins();
    case state::path: {
      path_ = header_;
      const std::size_t rest = type_ == 'P' ? 20 : type_ == 'S' ? 8 : type_ == 'R' ? 4 : 0;
      return rest > 0 ? await(state::rest, rest) : rest_complete();
    }
    case state::rest: return rest_complete();
    case state::new_path: {  // 'R'
      auto file = open_.extract(path_);
      path_ = header_;
      if (!file.empty()) {
        file.key() = path_;
        open_.insert(std::move(file));
      }
      return await(state::prefix, prefix_size);
    }
    case state::payload:
    case state::opaque: return;
  }
}

void xbstream_observer::chunk_begins() {
  type_ = header_[type_at];
  const auto length = number_at<std::uint32_t>(header_, path_length_at);
  const bool known = std::string_view{"PESRD"}.find(type_) != std::string_view::npos;
  if (!known || length == 0 || length > longest_path) return give_up();
  await(state::path, length);
}

void xbstream_observer::rest_complete() {
  switch (type_) {
    case 'P':
      begin_file();
      if (is_opaque()) return;
      payload_left_ = number_at<std::uint64_t>(header_, 0);
      await(state::payload, 0);
      return payload_passed(0);
    case 'S': begin_file(); break;
    case 'E': end_file(); break;
    case 'D':
      open_.erase(path_);
      file_bytes_ = 0;
      break;
    case 'R': {
      const auto length = number_at<std::uint32_t>(header_, 0);
      if (length == 0 || length > longest_path) return give_up();
      return await(state::new_path, length);
    }
    default: break;
  }
  if (!is_opaque()) await(state::prefix, prefix_size);
}

void xbstream_observer::begin_file() {
  const auto [file, is_new] = open_.try_emplace(path_, 0);
  if (is_new && open_.size() > most_open_) return give_up();
  if (is_new) ++begun_;
  open_bytes_ = &file->second;
  file_bytes_ = *open_bytes_;
}

void xbstream_observer::end_file() {
  const auto file = open_.find(path_);
  file_bytes_ = file == open_.end() ? 0 : file->second;
  if (file == open_.end()) {
    ++begun_;
  } else {
    open_.erase(file);
  }
  ++ended_;
}

void xbstream_observer::payload_passed(std::uint64_t bytes) {
  payload_left_ -= bytes;
  payload_ += bytes;
  *open_bytes_ += bytes;
  file_bytes_ = *open_bytes_;
  if (payload_left_ == 0) await(state::prefix, prefix_size);
}

void xbstream_observer::await(state next, std::size_t header_bytes) {
  state_ = next;
  header_size_ = header_bytes;
  header_.clear();
}

void xbstream_observer::give_up() {
  await(state::opaque, 0);
  open_.clear();
}

xbstream_observer::ending xbstream_observer::if_ended_now() const {
  if (is_opaque() || bytes_ == 0) return ending::unknown;
  return is_between_chunks() && open_.empty() ? ending::clean : ending::truncated;
}

std::string xbstream_observer::file() const { return for_log(path_); }

}  // namespace mgc::proxy
